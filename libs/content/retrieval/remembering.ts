/** Makes each word's value once, as long as it is remembered: beyond `capacity` words all are forgotten, which costs less than keeping track of their use. */
export function remembering(capacity: number, make: (word: string) => string): (word: string) => string {
  const made = new Map<string, string>();
  return (word) => {
    const known = made.get(word);
    if (known !== undefined) return known;
    const value = make(word);
    if (made.size >= capacity) made.clear();
    made.set(word, value);
    return value;
  };
}
