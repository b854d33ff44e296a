internal import Cryptography
internal import Ledger
internal import Primitives

extension Deed {
  static let accountDeeds: [Deed] = [
    Deed(60) { $0.transfer() },
    Deed(15) { $0.transferToMany() },
    Deed(6) { $0.rotateKey() },
    Deed(3) { $0.welcome() },
  ]
}

extension World {
  fileprivate mutating func transfer() -> Intent? {
    let (sender, receiver) = (anyone(), anyone())
    // Who has little is given more, so that nobody is out of the game for long.
    let isPoor = state.balance(of: .account(receiver)) < Amount(thousandths: 100_000)
    let amount = amount(0, isPoor ? 5_000_000 : 50_000)
    let memo = chance(1, in: 4) ? String(repeating: "é", count: below(128)) : ""
    return Intent(sender, .transfer(Transfer(to: receiver, amount: amount, memo: memo)))
  }

  fileprivate mutating func transferToMany() -> Intent? {
    let count = isCareless ? below(3) : 1 + below(6)
    let payments = (0..<count).map { _ in Payment(to: anyone(), amount: amount(0, 20_000)) }
    return Intent(anyone(), .transferToMany(TransferToMany(payments: payments, memo: "")))
  }

  fileprivate mutating func rotateKey() -> Intent? {
    let (account, key) = (anyone(), key())
    guard let signature = Signature(bytes: [UInt8](repeating: 0, count: Signature.byteCount)) else {
      return nil
    }
    return Intent(
      account, .rotateKey(RotateKey(newKey: key.publicKey, acceptance: signature)), .rotation(key))
  }

  /// Pays somebody who has no account yet.
  fileprivate mutating func welcome() -> Intent? {
    guard actors.count < World.actorMaximum, mayMake(.transfer, every: 1) else { return nil }
    let actor = Actor(key())
    let transfer = Transfer(to: actor.account, amount: amount(1_000_000, 5_000_000), memo: "hello")
    return Intent(anyone(), .transfer(transfer), .newcomer(actor))
  }
}
