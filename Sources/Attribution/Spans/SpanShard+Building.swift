internal import AttributionRules
internal import Cryptography
internal import Primitives

extension SpanShard {
  /// Sorts texts into a shard in memory.
  ///
  /// Cost: five bytes of memory a byte of text, and a second for about 15 MB.
  /// - Parameter texts: in the order of their first sources, each text once; not empty.
  /// - Throws: ``AttributionFailure/Code/spansTooLarge`` from 2 GiB.
  init(sorting texts: [SharedText]) throws(AttributionFailure) {
    precondition(!texts.isEmpty, "a shard holds a text")
    let layout = ShardLayout(
      textCount: texts.count, sourceCount: texts.reduce(0) { $0 + $1.sources.count },
      byteCount: texts.reduce(texts.count) { $0 + $1.text.count })
    guard layout.byteCount <= SuffixSorting.longestText, layout.sourceCount <= Int32.max else {
      throw AttributionFailure(.spansTooLarge, detail: "\(layout.byteCount) bytes in one shard")
    }
    let bytes = ShardBytes(count: layout.fileSize)
    layout.writeHeader(to: bytes)
    Self.write(texts, to: bytes, layout)
    let suffixes = layout.suffixes..<layout.text
    unsafe try SuffixSorting.sort(
      UnsafeRawBufferPointer(rebasing: bytes.raw[layout.text..<layout.digest])
        .assumingMemoryBound(to: UInt8.self),
      into: UnsafeMutableRawBufferPointer(rebasing: bytes.writable[suffixes])
        .bindMemory(to: Int32.self))
    let digest = bytes.digest(ofFirst: layout.digest)
    bytes.write(digest.bytes, at: layout.digest)
    self.init(trusted: bytes, layout: layout, digest: digest)
  }

  private static func write(_ texts: [SharedText], to bytes: ShardBytes, _ layout: ShardLayout) {
    var (start, source) = (0, 0)
    for (index, shared) in texts.enumerated() {
      bytes.write(UInt32(start), at: layout.starts + 4 * index)
      bytes.write(UInt32(source), at: layout.firstSources + 4 * index)
      bytes.write(shared.text, at: layout.text + start)
      start += shared.text.count
      bytes.write(ShardLayout.separator, at: layout.text + start)
      start += 1
      for placed in shared.sources {
        let offset = layout.sources + ShardLayout.sourceSize * source
        bytes.write(placed.record.bytes, at: offset)
        bytes.write(placed.place.height.number, at: offset + 32)
        bytes.write(placed.place.indexInBlock, at: offset + 40)
        bytes.write(placed.place.indexInContribution, at: offset + 44)
        source += 1
      }
    }
  }

  /// From how many bytes on it pays to know where the suffixes of each pair of bytes begin.
  private static let leastForPairs = 1 << 20

  static func pairStarts(of bytes: ShardBytes, _ layout: ShardLayout) -> [UInt32] {
    guard layout.byteCount >= leastForPairs else { return [] }
    var starts = [UInt32](repeating: 0, count: 1 << 16 + 1)
    var first: UInt8 = bytes.number(at: layout.text)
    // The last suffix is a separator alone; it begins with no pair, and behind all that matter.
    for offset in layout.text + 1..<layout.digest {
      let second: UInt8 = bytes.number(at: offset)
      starts[Int(first) << 8 + Int(second) + 1] += 1
      first = second
    }
    for pair in 1..<starts.count { starts[pair] += starts[pair - 1] }
    return starts
  }
}
