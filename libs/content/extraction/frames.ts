import { LIMITS } from '#kernel';

/**
 * How a server and its extractor talk over pipes: length of the header and of the body (uint32, big-endian, each), the
 * header as JSON, the body as it is. Nothing is believed: neither lengths beyond the limits nor a header that is no JSON.
 */
export type Frame = { readonly header: unknown; readonly body: Buffer };

const PREFIX_BYTES = 8;

export function encodeFrame(header: unknown, body: Uint8Array): readonly [Buffer, Uint8Array] {
  const json = Buffer.from(JSON.stringify(header));
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(json.length, 0);
  prefix.writeUInt32BE(body.length, 4);
  return [Buffer.concat([prefix, json]), body];
}

/** Puts frames together from whatever pieces arrive. Throws when the other side does not keep to the form. */
export function createFrameReader(bodyLimit: number): (chunk: Buffer) => readonly Frame[] {
  let filling = Buffer.alloc(PREFIX_BYTES);
  let filled = 0;
  let lengths: { readonly header: number; readonly body: number } | null = null;

  function complete(): Frame | null {
    const whole = filling;
    filled = 0;
    if (lengths === null) {
      lengths = { header: whole.readUInt32BE(0), body: whole.readUInt32BE(4) };
      if (lengths.header > LIMITS.extractionHeaderBytes || lengths.body > bodyLimit) throw new Error('a frame is larger than any may be');
      filling = Buffer.alloc(lengths.header + lengths.body);
      return null;
    }
    const frame = { header: JSON.parse(whole.toString('utf8', 0, lengths.header)), body: whole.subarray(lengths.header) };
    lengths = null;
    filling = Buffer.alloc(PREFIX_BYTES);
    return frame;
  }

  return (chunk) => {
    const frames: Frame[] = [];
    for (let at = 0; at < chunk.length; ) {
      const taken = chunk.copy(filling, filled, at, at + filling.length - filled);
      at += taken;
      filled += taken;
      if (filled < filling.length) break;
      const frame = complete();
      if (frame !== null) frames.push(frame);
    }
    return frames;
  };
}
