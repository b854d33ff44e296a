import ClientAPI
import Foundation
import Ledger
import Primitives
import RunKit
import Synchronization
import Testing

@testable import OpenLoRA

@Suite struct StopTextsTests {
  @Test(arguments: 0..<60 as Range<UInt64>)
  func `what is told in pieces is the text up to the first stop`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    func drawn(_ alphabet: [String], _ count: Int) -> String {
      (0..<count).map { _ in alphabet[Int(random.next(below: UInt64(alphabet.count)))] }.joined()
    }
    let alphabet = ["a", "b", "é", "\n"]
    let stops = (0...random.next(below: 3)).map { _ in
      drawn(alphabet, 1 + Int(random.next(below: 4)))
    }
    let pieces = (0..<12).map { _ in drawn(alphabet, Int(random.next(below: 4))) }
    var scanner = StopTexts(stops)
    var told = ""
    for piece in pieces { told += scanner.append(piece) }
    told += scanner.finish()
    let whole = pieces.joined()
    // Compared by scalars: the obvious way, place by place.
    let scalars = Array(whole.unicodeScalars)
    let end = scalars.indices.first { start in
      stops.contains { scalars[start...].starts(with: $0.unicodeScalars) }
    }
    var expected = String.UnicodeScalarView()
    expected.append(contentsOf: scalars[..<(end ?? scalars.count)])
    #expect(Array(told.utf8) == Array(String(expected).utf8), "seed \(seed)")
    #expect(Array(StopTexts.told(whole, until: stops).utf8) == Array(told.utf8))
    let found = end.flatMap { end in
      stops.first { scalars[end...].starts(with: $0.unicodeScalars) }
    }
    #expect(scanner.found.map { Array($0.utf8) } == found.map { Array($0.utf8) })
  }

  @Test func `an answer ends with a stop, does not tell it, and can be repeated`() async throws {
    let world = try await World()
    let server = try world.server()
    func ask(
      _ number: UInt64, seed: UInt64, stops: [String]
    ) async throws -> (ChatCompletion, SignedOrder) {
      let request = ChatRequest(
        model: "tiny", messages: [.init(role: .user, content: "q1?")], maximumTokens: 12,
        sampling: ChatSampling(temperature: 1500, seed: seed), stops: stops)
      let salt = digest("salt \(number)")
      let order = world.order(number, for: request.body, salt: salt)
      let told = Mutex("")
      let completion = try await server.complete(
        PaidRequest(body: request.body, order: order, salt: salt)
      ) { piece in
        if case .text(let text, _) = piece { told.withLock { $0 += text } }
      }
      #expect(told.withLock { $0 } == completion.text)
      return (completion, order)
    }
    // The tiny model's tokens are bytes, most of them no text.
    var number: UInt64 = 0
    var found: (whole: ChatCompletion, stop: String)?
    while found == nil, number < 30 {
      number += 1
      let whole = try await ask(number, seed: number, stops: []).0
      let stop = whole.text.dropFirst().dropLast().first { $0.isASCII && $0.isLetter }
      found = stop.map { (whole, String($0)) }
    }
    let (whole, stop) = try #require(found)
    let (ended, order) = try await ask(number + 1, seed: number, stops: [stop, "never said"])
    #expect(ended.text == StopTexts.told(whole.text, until: [stop]))
    #expect(ended.end == .stop && ended.tokensOut < whole.tokensOut)
    let published = try await world.settling(server) {
      try await world.receipt(order, from: server)
    }
    #expect(published.receipt.fee == ended.fee && ended.fee < whole.fee)
    _ = try await world.verifier.checkByRecomputation(
      published, engine: world.run.engine, weights: TinyRun.weights)
  }
}
