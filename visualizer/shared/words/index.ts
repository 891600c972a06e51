import { dictionary } from '../languages.ts';
import { en } from './en.ts';
import { es } from './es.ts';

export const sharedWords = dictionary({ en, es });
