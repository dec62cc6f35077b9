/** The document asks for what no document needs: nothing of it is taken. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

/** Nothing after this place can be taken; what stands before it is good. */
export class Incomplete extends Error {
  override readonly name = 'Incomplete';
}
