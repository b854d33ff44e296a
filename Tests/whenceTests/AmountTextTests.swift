import CanonicalCoding
import ClientAPI
import JSONCoding
import Ledger
import NodeHTTP
import Primitives
import Testing

@testable import whence

/// A record of the ledger with a foreign name, and nothing else.
private struct AgentRecordText: Hashable, CanonicalCodable {
  var name: String

  func encode(to encoder: inout CanonicalEncoder) { encoder.encode(text: name) }

  init(name: String) { self.name = name }

  init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    name = try decoder.text(atMost: 64)
  }
}

@Suite struct AmountTextTests {
  @Test(arguments: [
    (UInt128(0), "0"), (1, "0.000000000000000001"), (1_500_000_000_000_000_000, "1.5"),
    (1_000_000_000_000_000_000, "1"), (120_000_000_000_000_000_000, "120"),
    (.max, "340282366920938463463.374607431768211455"),
  ])
  func `an amount is written with all its places and no more`(baseUnits: UInt128, text: String) {
    #expect(Amount(baseUnits: baseUnits).tokens == text)
    #expect(SpokenForms.scaled(text[...], places: 18) == baseUnits)
  }

  @Test(arguments: ["1.", ".5", ".", "", "1.2.3", "-1"])
  func `a number has digits on both sides of its point`(text: String) {
    #expect(SpokenForms.scaled(text[...], places: 18) == nil)
  }

  @Test func `a share is written in hundredths`() {
    #expect(Share(partsPerBillion: 75_000_000).percent == "7.5" && Share.whole.percent == "100")
  }

  @Test func `records are shown in tokens, and their JSON in base units`() throws {
    let entry = StateEntry(
      key: StateKey<Amount>.purse(.treasury).bytes,
      value: Amount.milliTokens(1500).canonicalBytes)
    let page = RecordPage(records: [try #require(StateRecord(entry))])
    #expect(try page.text(AccountNames([:])) == "treasury\n  1.5 WHN")
    let json = try page.json["records"]?[0]
    #expect(json?["record"]?.string == "1500000000000000000")
    #expect(json?["key"]?.string == entry.key.hex)
  }

  @Test func `a record is found by the name that is printed for it`() throws {
    let names = AccountNames([:])
    #expect(try RecordPage.name("0", of: .chain, names) == [0])
    #expect(
      try RecordPage.name("treasury", of: .purses, names) == Holder.treasury.canonicalBytes)
    #expect(throws: CommandFailure.self) { try RecordPage.name("tresury", of: .purses, names) }
  }

  @Test func `a name in a record can't speak for the program`() throws {
    let name = "x\u{1b}[2J\nwhence: done\u{202e}"
    let record = AgentRecordText(name: name)
    let text = try ReadableTree(names: AccountNames([:])).lines(record, indent: 0)
    #expect(text == [#"name  x\u001b[2J\u000awhence: done\u202e"#])
  }
}
