internal import Ledger
internal import Primitives

extension MempoolEntry {
  init(_ checked: CheckedTransaction) {
    let content = checked.transaction.content
    id = checked.id
    account = content.signer
    price = content.fee.baseUnits / UInt128(max(checked.gas, 1))
    gas = checked.gas
    sizeInBytes = checked.sizeInBytes
    expiry = content.expiry
    isDispute = content.message.kind.isDispute
    switch content.ordering {
    case .sequence(let number): (sequence, expiryTime) = (number, nil)
    case .unordered(let expiry, _): (sequence, expiryTime) = (nil, expiry)
    }
  }
}
