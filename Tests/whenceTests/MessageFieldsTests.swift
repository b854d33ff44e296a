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
    #expect(MessageFields.scaled("7.5", places: 7) == 75_000_000)
    #expect(MessageFields.scaled("0.00000001", places: 7) == nil)
    #expect(MessageFields.scaled("-1", places: 7) == nil)
  }

  @Test func `a share of a hundred is a share`() throws {
    let edit = try fields.message(
      named: "edit_validator", fields: ["name=50%", "details=", "rate=7.5%"])
    #expect(
      edit
        == .editValidator(
          EditValidator(name: "50%", details: "", rate: Share(partsPerBillion: 75_000_000))))
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
    ("transfer", ["to=@server", "amount=1", "memo=", "colour=red"], "there is no such member"),
    ("transfer", ["to=@server", "amount=-1", "memo="], "is no Amount"),
    ("transfer", ["to"], "a field is NAME=VALUE"),
    ("transfer", ["to=@server", "amount=1", "amount=2", "memo="], "amount is given twice"),
    ("fund_subsidy_pool", ["amount=7%"], "amount is no share"),
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
    let error = #expect(throws: CommandFailure.self) {
      _ = try fields.message(named: "transfer", fields: ["to=@nobody"])
    }
    #expect(error?.description.contains("there are server") == true)
  }
}
