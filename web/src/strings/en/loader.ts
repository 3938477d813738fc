/* English texts of the loader. Another language is a folder beside this one. */
export const loaderStrings = {
  title: 'Chat with us',
  open: 'Open chat',
  greeting: 'Hello! Ask us anything about our courses.',
  failed: 'The chat could not be loaded. Press to try again.',
};
