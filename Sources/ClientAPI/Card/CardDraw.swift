internal import Cryptography
public import Primitives

/// Which records, contributors and questions a run's card is about: lots that the header drew which
/// drew the run's decoys, so that neither the run's owner nor the card's maker chooses them.
public struct CardDraw: Sendable {
  /// ``RunManifest/decoyDraw``.
  private let header: Digest

  public init(of manifest: RunManifest) { header = manifest.decoyDraw }

  public init(header: Digest) { self.header = header }

  /// The places, ascending, of the records of a numbered half: those with the lower lots.
  public func half(_ number: Int, of records: [Digest]) -> [Int] {
    let lots = records.map { lot("whence/card-half", number.fourBytes + $0.bytes) }
    return lowest(records.count / 2, of: lots)
  }

  /// The places, ascending, of the questions that are measured, of so many.
  public func questions(_ count: Int, of total: Int) -> [Int] {
    lowest(count, of: (0..<total).map { lot("whence/card-question", $0.fourBytes) })
  }

  /// The contributors of a numbered coalition.
  public func coalition(_ number: Int, of contributors: [Digest]) -> Set<Digest> {
    Set(
      contributors.filter { contributor in
        let lot = lot("whence/card-coalition", number.fourBytes + contributor.bytes)
        return lot.bytes[Digest.byteCount - 1] & 1 == 1
      })
  }

  private func lot(_ domain: String, _ content: [UInt8]) -> Digest {
    Digest(domain: domain, hashing: header.bytes + content)
  }

  private func lowest(_ count: Int, of lots: [Digest]) -> [Int] {
    lots.indices.sorted { lots[$0] < lots[$1] }.prefix(count).sorted()
  }
}

extension Int {
  /// Big-endian, as a number of four bytes.
  fileprivate var fourBytes: [UInt8] {
    let number = UInt32(truncatingIfNeeded: self)
    return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
  }
}
