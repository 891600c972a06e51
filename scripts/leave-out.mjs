/**
 * For esbuild: leaves these files empty, whoever asks for them. What is imported from one by name fails the build.
 * @param {readonly RegExp[]} files of their whole paths
 */
export const leaveOut = (files) => ({
  name: 'leave-out',
  setup({ onLoad }) {
    for (const filter of files) onLoad({ filter }, () => ({ contents: 'export {};' }));
  },
});
