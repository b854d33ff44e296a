import CanonicalCoding
import Cryptography
import JSONCoding
import Ledger
import NodeHTTP
import Primitives
import Testing

@testable import whence

@Suite struct MessageFieldsTests {
  private let server = Identifier<Account>(SHA256.digest(of: [2]))
  private var fields: MessageFields { MessageFields(names: AccountNames([server: "server"])) }

  @Test func `a message without fields takes none`() {
    #expect(throws: UsageError.self) {
      try MessageFields(names: AccountNames([:])).message(named: "unjail", fields: ["x=1"])
    }
  }

  @Test func `what is said twice is refused by its name`() throws {
    func error(_ licence: String...) -> UsageError? {
      #expect(throws: UsageError.self) {
        try fields.message(
          named: "create_datanet", fields: ["name=a", "type=instruction"] + licence)
      }
    }
    let two = try #require(error("licence.spdx=MIT", "licence.custom=\(Digest.zero)"))
    #expect(two.message.contains("spdx and custom are given"), "\(two.message)")
    let member = try #require(error(#"licence={"spdx": "MIT", "spdx": "BSD"}"#))
    #expect(member.message.contains(#"the member "spdx" twice"#), "\(member.message)")
  }

  @Test func `fields are names, amounts, shares, JSON or text`() throws {
    let transfer = try fields.message(
      named: "transfer", fields: ["to=@server", "amount=1.5WHN", "memo=thanks, 5=five"])
    #expect(
      transfer
        == .transfer(Transfer(to: server, amount: .milliTokens(1500), memo: "thanks, 5=five")))
    let datanet = try fields.message(
      named: "transfer", fields: ["to=\(server)", "amount=7", "memo=12"])
    #expect(
      datanet == .transfer(Transfer(to: server, amount: Amount(baseUnits: 7), memo: "12")))
    #expect(SpokenForms.scaled("7.5", places: 7) == 75_000_000)
    #expect(SpokenForms.scaled("0.00000001", places: 7) == nil)
    #expect(SpokenForms.scaled("-1", places: 7) == nil)
  }

  @Test func `a share of a hundred is a share`() throws {
    let edit = try fields.message(
      named: "edit_validator", fields: ["name=50%", "details=", "rate=7.5%"])
    #expect(
      edit
        == .editValidator(
          EditValidator(name: "50%", details: "", rate: Share(partsPerBillion: 75_000_000))))
  }

  @Test func `what is typed means the same inside JSON`() throws {
    let two = try fields.message(
      named: "transfer-to-many",
      fields: [
        #"payments=[{"to":"@server","amount":"1.5WHN"},{"to":"\#(server)","amount":7}]"#,
        "memo=1.5WHN to @server",
      ])
    #expect(
      two
        == .transferToMany(
          TransferToMany(
            payments: [
              Payment(to: server, amount: .milliTokens(1500)),
              Payment(to: server, amount: Amount(baseUnits: 7)),
            ], memo: "1.5WHN to @server")))
  }

  @Test(arguments: [[], ["rate=null"]])
  func `what may be left out may be null`(more: [String]) throws {
    let edit = try fields.message(
      named: "edit_validator", fields: ["name=a", "details=null"] + more)
    #expect(edit == .editValidator(EditValidator(name: "a", details: "null", rate: nil)))
  }

  @Test func `parts, unions, flags and names are read by their types`() throws {
    let common = [
      "name=true", "floor_rate_in=1", "floor-rate-out=2", "contribution_deposit=0WHN", "bond=3",
      "is_open=true", "is_private=false",
    ]
    for licence in ["licence.spdx=MIT", #"licence={"spdx":"MIT"}"#] {
      let message = try fields.message(
        named: "create_datanet",
        fields: common + ["type=code", licence])
      guard case .createDatanet(let made) = message else {
        Issue.record("\(message)")
        return
      }
      #expect(made.name == "true" && made.type == .code && made.licence == .spdx("MIT"))
      #expect(made.isOpen && !made.isPrivate && made.floorRateOut == Amount(baseUnits: 2))
    }
  }

  @Test func `every message is explained, and its example is one`() throws {
    for kind in MessageKind.allCases {
      let help = MessageHelp(kind: kind)
      for field in kind.fields { #expect(help.text.contains("\n  \(field.name)"), "\(kind)") }
      // Words in capitals stand for what the reader knows, lists for several of it.
      let words = help.example.matches(of: /([a-z_.]+)=('[^']*'|\S*)/).map { match in
        let value = match.2.hasPrefix("'") ? "[]" : String(match.2)
        let isPlaceholder = value.wholeMatch(of: /[A-Z_]+/) != nil
        let isLong = match.1.hasSuffix("signature") || match.1.hasSuffix("acceptance")
        return "\(match.1)="
          + (value == "@NAME"
            ? "@server"
            : isPlaceholder ? String(repeating: "0", count: isLong ? 128 : 64) : value)
      }
      do throws(UsageError) {
        #expect(try fields.message(named: kind.codedText, fields: words).kind == kind)
      } catch {
        // What is no digest nor key, as the encoding of a row, takes more than zeros.
        #expect(error.message.contains("encoding"), "\(error)")
      }
    }
  }

  @Test(arguments: ["50%", "1WHN", "@server", "@nobody", "[1]", "true"])
  func `text stays as it was typed`(memo: String) throws {
    let sent = try fields.message(
      named: "transfer", fields: ["to=@server", "amount=1WHN", "memo=\(memo)"])
    #expect(
      sent == .transfer(Transfer(to: server, amount: .milliTokens(1000), memo: memo)), "\(sent)")
  }

  @Test(arguments: [
    ("transfr", [], "did you mean transfer?"),
    ("transfer", ["to=@server", "memo="], "transfer, field amount: it is missing"),
    (
      "transfer", ["to=@server", "amount=1", "memo=", "colour=red"],
      "there is no such field; there are to, amount, memo"
    ),
    ("transfer", ["to=@server", "amount=-1", "memo="], "wanted is an amount, as 1.5WHN"),
    ("transfer", ["to"], "a field is NAME=VALUE"),
    ("transfer", ["to=@server", "amount=1", "amount=2", "memo="], "amount is given twice"),
    ("act_as_agent", ["act={}", "act.pay.amount=2"], "act is given twice"),
    ("create_datanet", ["name=a", "type=boat"], "wanted is one of text, instruction, preference"),
    ("fund_subsidy_pool", ["amount=1.5"], "wanted is an amount, as 1.5WHN"),
    ("set_sail", [], "`whence help send` lists them"),
    ("fund_subsidy_pool", ["amount=7%"], "field amount: \"7%\" is given; wanted is an amount"),
  ])
  func `what is wrong is said with the field's name`(
    name: String, given: [String], message: String
  ) {
    let error = #expect(throws: UsageError.self) {
      _ = try fields.message(named: name, fields: given)
    }
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
  }

  @Test func `a name that is not here is refused with those that are`() {
    let error = #expect(throws: UsageError.self) {
      _ = try fields.message(named: "transfer", fields: ["to=@nobody"])
    }
    #expect(error?.message.contains("there are server") == true)
  }
}
