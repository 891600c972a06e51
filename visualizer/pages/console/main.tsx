import '../shared/base.css';
import '../statecharts/statechart.css';
import './console.css';

import { mountPage } from '../shared/mount.tsx';
import { Console } from './console.tsx';

mountPage(<Console />);
