import ClientAPI
import Cryptography
import Datanets
import Primitives
import Testing

@Suite struct ContributionBundleTests {
  func bundle(_ count: Int = 5, secret: UInt64 = 1) throws -> ContributionBundle {
    var generator = SeededGenerator(seed: 11)
    return try ContributionBundle(records: records(count, from: &generator), secret: digest(secret))
  }

  @Test func `a blob brings back the contribution and everything derived from it`() throws {
    let original = try bundle()
    let read = try ContributionBundle(blob: original.blob)
    #expect(read == original)
    #expect(read.recordsRoot == original.recordsRoot)
    #expect(read.commitmentSalt == original.commitmentSalt)
    #expect(SHA256.digest(of: original.blob) == original.blobDigest)
  }

  @Test func `each record is proved under the root by its own salt alone`() throws {
    let bundle = try bundle()
    for (index, record) in bundle.records.enumerated() {
      let digest = record.digest(salt: bundle.salt(ofRecord: index))
      #expect(digest == bundle.recordDigests[index])
      #expect(
        bundle.proof(ofRecord: index).proves(digest.bytes, under: bundle.recordsRoot))
    }
    #expect(Set((0..<5).map { bundle.salt(ofRecord: $0) }).count == 5)
  }

  @Test func `another secret gives other digests, another root and another commitment salt`() throws
  {
    let (one, other) = (try bundle(secret: 1), try bundle(secret: 2))
    #expect(Set(one.recordDigests).isDisjoint(with: other.recordDigests))
    #expect(one.recordsRoot != other.recordsRoot)
    #expect(one.commitmentSalt != other.commitmentSalt)
  }

  @Test func `equal records of one contribution have different digests`() throws {
    let record = try InstructionRecord(term: "a", question: "b", answer: "c")
    let bundle = try ContributionBundle(records: [record, record], secret: digest(3))
    #expect(bundle.recordDigests[0] != bundle.recordDigests[1])
  }

  @Test func `no contribution is empty`() {
    let failure = #expect(throws: DatanetFailure.self) {
      try ContributionBundle(records: [], secret: digest(1))
    }
    #expect(failure?.code == .recordCount)
  }

  @Test(arguments: UInt64(0)..<8)
  func `a damaged blob is refused or is another contribution`(seed: UInt64) throws {
    let original = try bundle(2)
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<100 {
      var blob = original.blob
      switch generator.next(below: 3) {
      case 0: blob.removeLast(1 + Int(generator.next(below: UInt64(blob.count))))
      case 1: blob.append(UInt8(truncatingIfNeeded: generator.next()))
      default: blob[Int(generator.next(below: UInt64(blob.count)))] ^= 1 << generator.next(below: 8)
      }
      do {
        let read = try ContributionBundle(blob: blob)
        #expect(read.blob == blob)
        #expect(read.recordsRoot != original.recordsRoot)
      } catch {
        #expect(error.code == .corruptBlob)
      }
    }
  }

  @Test(arguments: [
    ("", "question", "answer"), ("term", "", "answer"), ("term", "question", ""),
    ("te\nrm", "question", "answer"), ("term", "ques\u{1b}tion", "answer"),
    ("term", "question", "ans\u{7f}wer"),
    (String(repeating: "t", count: 129), "question", "answer"),
    ("term", String(repeating: "é", count: 2049), "answer"),
  ])
  func `a record out of bounds is refused`(term: String, question: String, answer: String) {
    #expect(throws: InvalidRecord.self) {
      try InstructionRecord(term: term, question: question, answer: answer)
    }
  }

  @Test func `spellings that look alike are different records`() throws {
    let composed = try InstructionRecord(term: "\u{e9}", question: "q", answer: "a")
    let decomposed = try InstructionRecord(term: "e\u{301}", question: "q", answer: "a")
    #expect(composed.term == decomposed.term)
    #expect(composed != decomposed)
  }
}
