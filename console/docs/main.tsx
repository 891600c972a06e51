import '../../visualizer/shared/base.css';
import './docs.css';

import { mountPage } from '../../visualizer/shared/mount.tsx';
import { DocsPage } from './docs-page.tsx';

mountPage(<DocsPage />, { isPublic: true });
