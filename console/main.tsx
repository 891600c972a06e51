import '../visualizer/shared/base.css';
import '../visualizer/page/neighbours.css';
import './console.css';

import { mountPage } from '../visualizer/shared/mount.tsx';
import { Console } from './console.tsx';

mountPage(<Console />);
