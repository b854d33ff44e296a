internal import AttributionRules
public import Primitives

/// Some texts and the sorted suffixes of all their bytes: a file, mapped or in memory.
///
/// An immutable value. Five bytes for each byte of text, and as much memory while it is made.
public struct SpanShard: Sendable {
  let bytes: ShardBytes
  let layout: ShardLayout
  /// For each pair of bytes, how many suffixes begin with a smaller one; empty for a small shard.
  let pairStarts: [UInt32]

  /// Names the shard: the digest at its end.
  public let digest: Digest

  /// Bytes of all texts.
  public var textBytes: Int { layout.byteCount - layout.textCount }
  public var textCount: Int { layout.textCount }
  public var sourceCount: Int { layout.sourceCount }
  /// Bytes of its file.
  public var fileSize: Int { layout.fileSize }

  /// Reads a shard's file from memory.
  /// - Throws: ``AttributionFailure/Code/spansCorrupt`` for anything that no ``SpanIndex`` wrote.
  public init(bytes: [UInt8]) throws(AttributionFailure) {
    try self.init(checking: ShardBytes(bytes), name: "the shard")
  }

  /// Checks the digest and every number that something is found by.
  ///
  /// Whatever stands in the bytes, using the shard never reads outside of them. Cost: one reading
  /// of the file.
  init(checking bytes: ShardBytes, name: String) throws(AttributionFailure) {
    guard let layout = ShardLayout(of: bytes) else {
      throw AttributionFailure(.spansCorrupt, detail: "\(name) is no shard, or not all of one")
    }
    let digest = bytes.digest(ofFirst: layout.digest)
    guard bytes.array(layout.digest..<layout.fileSize) == digest.bytes else {
      throw AttributionFailure(.spansCorrupt, detail: "\(name) does not have its digest")
    }
    self.init(trusted: bytes, layout: layout, digest: digest)
    guard textsAreInPlace, sourcesAreInOrder, suffixesAreInside else {
      throw AttributionFailure(.spansCorrupt, detail: "the parts of \(name) do not fit together")
    }
  }

  init(trusted bytes: ShardBytes, layout: ShardLayout, digest: Digest) {
    self.bytes = bytes
    self.layout = layout
    self.digest = digest
    pairStarts = Self.pairStarts(of: bytes, layout)
  }

  /// Its file, which ``init(bytes:)`` reads.
  public var fileBytes: [UInt8] { bytes.array(0..<bytes.count) }

  // MARK: Parts

  func start(ofText index: Int) -> Int {
    index == layout.textCount
      ? layout.byteCount : Int(bytes.number(at: layout.starts + 4 * index, as: UInt32.self))
  }

  /// The text's bytes, without its separator.
  func text(_ index: Int) -> [UInt8] {
    bytes.array(layout.text + start(ofText: index)..<layout.text + start(ofText: index + 1) - 1)
  }

  /// The index of the text that holds a position.
  func text(at position: Int) -> Int {
    var (low, high) = (0, layout.textCount)
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if start(ofText: middle) <= position { low = middle } else { high = middle }
    }
    return low
  }

  func sources(ofText index: Int) -> [PlacedRecord] {
    (firstSource(ofText: index)..<firstSource(ofText: index + 1)).map(source)
  }

  /// The first of them.
  func sources(ofText index: Int, atMost count: Int) -> [PlacedRecord] {
    let first = firstSource(ofText: index)
    return (first..<min(first + count, firstSource(ofText: index + 1))).map(source)
  }

  private func firstSource(ofText index: Int) -> Int {
    index == layout.textCount
      ? layout.sourceCount
      : Int(bytes.number(at: layout.firstSources + 4 * index, as: UInt32.self))
  }

  func source(_ index: Int) -> PlacedRecord {
    let start = layout.sources + ShardLayout.sourceSize * index
    let words = (0..<4).map { UInt64(bigEndian: rawNumber(at: start + 8 * $0)) }
    return PlacedRecord(
      place: CommitPlace(
        height: Height(bytes.number(at: start + 32)), indexInBlock: bytes.number(at: start + 40),
        indexInContribution: bytes.number(at: start + 44)),
      record: Digest(words: [words[0], words[1], words[2], words[3]]))
  }

  /// Eight bytes in the machine's own order, which is little-endian.
  private func rawNumber(at offset: Int) -> UInt64 { bytes.number(at: offset) }

  /// Everything the shard was made of.
  func contents() -> [SharedText] {
    (0..<layout.textCount).map { SharedText(text: text($0), sources: sources(ofText: $0)) }
  }

  // MARK: Checks

  private var textsAreInPlace: Bool {
    let starts = (0..<layout.textCount).lazy.map(start)
    guard starts.first == 0, zip(starts, starts.dropFirst()).allSatisfy(<),
      start(ofText: layout.textCount - 1) < layout.byteCount
    else { return false }
    // As many separators as texts, one before each following text and one last: so none inside.
    var separators = 0
    for offset in layout.text..<layout.digest where byte(at: offset) == ShardLayout.separator {
      separators += 1
    }
    return separators == layout.textCount
      && (1...layout.textCount).allSatisfy {
        byte(at: layout.text + start(ofText: $0) - 1) == ShardLayout.separator
      }
  }

  private func byte(at offset: Int) -> UInt8 { bytes.number(at: offset) }

  private var sourcesAreInOrder: Bool {
    let firsts = (0...layout.textCount).lazy.map(firstSource)
    guard firsts.first == 0, zip(firsts, firsts.dropFirst()).allSatisfy(<) else { return false }
    var firstBefore: PlacedRecord?
    for index in 0..<layout.textCount {
      let first = source(firstSource(ofText: index))
      if let firstBefore, first < firstBefore { return false }
      firstBefore = first
      var before = first
      for place in firstSource(ofText: index) + 1..<firstSource(ofText: index + 1) {
        let next = source(place)
        guard before < next else { return false }
        before = next
      }
    }
    return true
  }

  private var suffixesAreInside: Bool {
    (0..<layout.byteCount).allSatisfy {
      bytes.number(at: layout.suffixes + 4 * $0, as: UInt32.self) < UInt32(layout.byteCount)
    }
  }
}
