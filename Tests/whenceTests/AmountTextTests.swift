import CanonicalCoding
import ClientAPI
import JSONCoding
import Ledger
import NodeHTTP
import Primitives
import Testing

@testable import whence

@Suite struct AmountTextTests {
  @Test(arguments: [
    (UInt128(0), "0"), (1, "0.000000000000000001"), (1_500_000_000_000_000_000, "1.5"),
    (1_000_000_000_000_000_000, "1"), (120_000_000_000_000_000_000, "120"),
    (.max, "340282366920938463463.374607431768211455"),
  ])
  func `an amount is written with all its places and no more`(baseUnits: UInt128, text: String) {
    #expect(Amount(baseUnits: baseUnits).exactTokens == text)
    #expect(SpokenForms.scaled(text[...], places: 18) == baseUnits)
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
    #expect(try page.json["records"]?[0]?["record"]?.string == "1500000000000000000")
  }
}
