import { dictionary } from '../../visualizer/shared/languages.ts';
import { en } from './en.ts';
import { es } from './es.ts';

export const consoleWords = dictionary({ en, es });
