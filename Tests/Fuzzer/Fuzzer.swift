import DecoderTable
import Glibc
import Synchronization

// libFuzzer brings `main`, and calls these two. The program runs on one decoder:
// `Fuzzer NAME [option of libFuzzer]... [FOLDER]...`; `Fuzzer --names` lists them all, and
// `Fuzzer NAME --samples FOLDER` writes a decoder's samples there.

private let chosen = Mutex<Decoder?>(nil)

/// Takes what is ours from the arguments.
@_cdecl("LLVMFuzzerInitialize")
func initialize(
  _ count: UnsafeMutablePointer<Int32>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>
) -> Int32 {
  let words = CommandLine.arguments
  if words.count < 2 || words[1] == "--names" {
    for decoder in Decoder.all { print(decoder.name) }
    exit(0)
  }
  guard let decoder = Decoder.named(words[1]) else { fail("no decoder is called \(words[1])") }
  if words.count == 4, words[2] == "--samples" {
    write(decoder.samples, to: words[3])
    exit(0)
  }
  chosen.withLock { $0 = decoder }
  // The program's own name stays the first word.
  unsafe arguments.pointee[1] = arguments.pointee[0]
  unsafe arguments.pointee += 1
  unsafe count.pointee -= 1
  return 0
}

@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  let bytes = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
  if case .faulty(let fault) = chosen.withLock({ $0 })?.read(bytes) { fail(fault) }
  return 0
}

private func write(_ samples: [[UInt8]], to folder: String) {
  for (index, sample) in samples.enumerated() {
    guard let file = unsafe fopen("\(folder)/sample-\(index)", "w") else {
      fail("\(folder) can't be written")
    }
    unsafe fwrite(sample, 1, sample.count, file)
    unsafe fclose(file)
  }
}

private func fail(_ reason: String) -> Never {
  let words = "fault: \(reason)\n"
  _ = unsafe Glibc.write(STDERR_FILENO, words, words.utf8.count)
  abort()
}
