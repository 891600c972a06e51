import '../shared/base.css';
import './console.css';

import { mountPage } from '../shared/mount.tsx';
import { Console } from './console.tsx';

mountPage(<Console />);
