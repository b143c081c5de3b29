// What the package uses of mediabunny, as its own types say.

export class BufferTarget {
  /** The file, once it is finalized. */
  readonly buffer: ArrayBuffer | null;
}

export class EncodedPacket {
  static fromEncodedChunk(chunk: EncodedVideoChunk): EncodedPacket;
}

export class EncodedVideoPacketSource {
  constructor(codec: 'avc' | 'vp9' | 'vp8');
  add(packet: EncodedPacket, about?: EncodedVideoChunkMetadata): Promise<void>;
}

export class Mp4OutputFormat {
  constructor(options?: { fastStart?: false | 'in-memory' });
}

export class WebMOutputFormat {}

export class Output {
  constructor(options: { format: Mp4OutputFormat | WebMOutputFormat; target: BufferTarget });
  addVideoTrack(source: EncodedVideoPacketSource, about?: { frameRate?: number }): void;
  start(): Promise<void>;
  finalize(): Promise<void>;
  cancel(): Promise<void>;
}
