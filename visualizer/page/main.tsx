import '../shared/base.css';

import { mountPage } from '../shared/mount.tsx';
import { Visualizer } from './visualizer.tsx';

mountPage(<Visualizer />);
