declare module 'wink-porter2-stemmer' {
  /** The stem of an English word in lower case (Porter 2, which Snowball calls English). */
  function stem(word: string): string;

  export { stem as default };
}
