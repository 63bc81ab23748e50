/** What we use of OpenJPEG's own build: the package brings no types. */
declare module '@cornerstonejs/codec-openjpeg/decodewasmjs' {
  type FrameInfo = { width: number; height: number; bitsPerSample: number; componentCount: number };
  class J2KDecoder {
    getEncodedBuffer(length: number): Uint8Array;
    getDecodedBuffer(): Uint8Array;
    readHeader(): void;
    decode(): void;
    getFrameInfo(): FrameInfo;
  }
  type Options = {
    locateFile: () => string;
    print: (line: string) => void;
    printErr: (line: string) => void;
  };
  export default function open(options: Options): Promise<{ J2KDecoder: typeof J2KDecoder }>;
}
