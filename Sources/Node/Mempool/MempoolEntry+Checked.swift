internal import Ledger
internal import Primitives

extension MempoolEntry {
  init(_ checked: CheckedTransaction) {
    let content = checked.transaction.content
    id = checked.id
    account = content.signer
    sequence = content.sequence
    price = content.fee.baseUnits
    gas = 1
    sizeInBytes = checked.sizeInBytes
    expiry = content.expiry
    expiryTime = nil
    isDispute = false
  }
}
