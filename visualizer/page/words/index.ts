import { dictionary } from '../../shared/languages.ts';
import { en } from './en.ts';
import { es } from './es.ts';

export const chartWords = dictionary({ en, es });
