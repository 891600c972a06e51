import '../shared/base.css';

import { mountPage } from '../shared/mount.tsx';
import { TopBar } from '../shared/top-bar.tsx';

mountPage(
  <>
    <TopBar page="console" />
    <main id="content" tabIndex={-1} />
  </>,
);
