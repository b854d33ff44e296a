import AttributionRules
import CanonicalCoding
import Foundation
import Ledger
import Primitives
import Testing

/// One message and its bytes, kept for ever: whatever changes them is another format.
struct MessageVector: Codable {
  let message: String
  /// What the pages of the specification read in the bytes.
  let fields: [String]
  let hex: String

  static let file = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Vectors/messages.json")

  static func all() throws -> [MessageVector] {
    try JSONDecoder().decode([MessageVector].self, from: Data(contentsOf: file))
  }

  var bytes: [UInt8]? { [UInt8](hex: hex) }
}

@Suite struct VectorTests {
  // A new kind gets its vector from `WHENCE_RECORD_VECTORS=1 swift test --filter VectorTests`, out
  // of the samples of `MessageEncodingTests`. Only one that is of no form any more is replaced; the
  // fields of all are read anew.
  @Test(.enabled(if: ProcessInfo.processInfo.environment["WHENCE_RECORD_VECTORS"] == "1"))
  func `record vectors of kinds that have none`() throws {
    let pages = try SpecForms()
    var vectors = try MessageVector.all().filter { vector in
      vector.bytes.flatMap { try? Message(canonicalBytes: $0) } != nil
    }
    vectors = try vectors.map { vector in
      let fields = try pages.lines(of: "Message", in: vector.bytes ?? [])
      return MessageVector(message: vector.message, fields: fields, hex: vector.hex)
    }
    for sample in try MessageEncodingTests().samples() {
      let message = sample.content.message
      guard !vectors.contains(where: { $0.message == "\(message.kind)" }) else { continue }
      let bytes = message.canonicalBytes
      vectors.append(
        MessageVector(
          message: "\(message.kind)", fields: try pages.lines(of: "Message", in: bytes),
          hex: bytes.hex))
    }
    let order = MessageKind.allCases.map { "\($0)" }
    vectors.sort {
      order.firstIndex(of: $0.message) ?? .max < order.firstIndex(of: $1.message) ?? .max
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try (encoder.encode(vectors) + Data("\n".utf8)).write(to: MessageVector.file)
  }

  @Test func `every kind of message has a vector`() throws {
    let vectors = try MessageVector.all()
    #expect(Set(vectors.map(\.message)) == Set(MessageKind.allCases.map { "\($0)" }))
  }

  @Test func `each vector is one message, and the message has no other bytes`() throws {
    for vector in try MessageVector.all() {
      let bytes = try #require(vector.bytes)
      let message = try Message(canonicalBytes: bytes)
      #expect("\(message.kind)" == vector.message)
      #expect(message.canonicalBytes == bytes, "\(vector.message)")
    }
  }

  @Test func `the pages read in each vector what the code reads in it`() throws {
    let pages = try SpecForms()
    for vector in try MessageVector.all() {
      let bytes = try #require(vector.bytes)
      let lines = try pages.lines(of: "Message", in: bytes)
      #expect(lines == vector.fields, "\(vector.message)")
      let message = try Message(canonicalBytes: bytes)
      let payload = try #require(Mirror(reflecting: message).children.first?.value)
      let own = FieldLines(of: payload)
      #expect(lines.first == vector.message)
      #expect(
        own.agree(with: Array(lines.dropFirst())), "\(vector.message): \(own.lines) \(lines)")
    }
  }

  @Test func `the pages name the cases of every union that a message holds`() throws {
    let unions: [any UnionCodable.Type] = [
      Licence.self, ProposalContent.self, ParameterChange.self, AgentAct.self, FaultEvidence.self,
      BatchEvidence.self, ScoreEvidence.self, DataPiece.self, ServedData.self, DisputeClaim.self,
      RunPiece.self,
    ]
    let pages = try SpecForms()
    for union in unions { #expect(pages.caseNames(of: "\(union)") == union.caseNames) }
  }

  @Test func `the pages read the parameters`() throws {
    let parameters = LedgerParameters()
    let lines = try SpecForms().lines(of: "LedgerParameters", in: parameters.canonicalBytes)
    #expect(FieldLines(of: parameters).agree(with: lines))
  }

  @Test func `the pages read a whole transaction, in order and not`() throws {
    let pages = try SpecForms()
    let chain = try TestChain()
    let message = Message.transfer(Transfer(to: bob.account, amount: tokens(1), memo: "é"))
    for transaction in [
      chain.transaction(message, by: alice),
      chain.unordered(message, by: alice, nonce: 7, lifetime: 1000),
    ] {
      let lines = try pages.lines(of: "Transaction", in: transaction.canonicalBytes)
      #expect(lines.contains("message: transfer") && lines.contains("memo: é"))
      #expect(lines.contains("signer: \(alice.account)"))
      #expect(
        FieldLines(of: transaction).lines.count == lines.count, "\(lines)")
    }
  }

  /// Without the comparison that ends `init(canonicalBytes:)`: each decoder must be strict itself.
  @Test(arguments: UInt64(0)..<6)
  func `what a decoder takes of damaged bytes has those very bytes`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var decodedCount = 0
    for vector in try MessageVector.all() {
      let bytes = try #require(vector.bytes)
      for _ in 0..<60 {
        var damaged = bytes
        for _ in 0...generator.next(below: 3) where !damaged.isEmpty {
          let place = Int(generator.next(below: UInt64(damaged.count)))
          switch generator.next(below: 5) {
          case 0: damaged.remove(at: place)
          case 1: damaged.insert(UInt8(truncatingIfNeeded: generator.next()), at: place)
          case 2: damaged.removeLast(damaged.count - place)
          default: damaged[place] ^= 1 << UInt8(generator.next(below: 8))
          }
        }
        var decoder = CanonicalDecoder(damaged)
        guard let message = try? Message(from: &decoder), decoder.isAtEnd else { continue }
        decodedCount += 1
        #expect(message.canonicalBytes == damaged, "seed \(seed), \(vector.message)")
      }
    }
    #expect(decodedCount > 100)
  }
}
