internal import Primitives

extension LedgerState {
  /// Applies the registration of a base model.
  ///
  /// - Throws: `licenceMalformed`.
  public mutating func apply(
    _ message: RegisterBaseModel, in context: BlockContext
  ) throws(Rejection) {
    guard message.licence.isWellFormed else { throw .model(.licenceMalformed) }
    let id = context.newIdentifier(of: BaseModel.self)
    set(
      .baseModel(id),
      to: BaseModelRecord(
        owner: context.signer, name: message.name, weights: message.weights,
        licence: message.licence))
    emit(.baseModelRegistered, id.digest)
  }

  /// Applies the transfer of a base model.
  ///
  /// - Throws: `baseModelNotFound`, `notBaseModelOwner`.
  public mutating func apply(
    _ message: TransferBaseModel, in context: BlockContext
  ) throws(Rejection) {
    guard var baseModel = baseModel(message.baseModel) else { throw .model(.baseModelNotFound) }
    guard baseModel.owner == context.signer else { throw .model(.notBaseModelOwner) }
    baseModel.owner = message.to
    set(.baseModel(message.baseModel), to: baseModel)
    emit(.baseModelTransferred, message.baseModel.digest)
  }
}
