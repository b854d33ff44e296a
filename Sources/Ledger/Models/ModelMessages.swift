public import CanonicalCoding
public import Primitives

/// Names a base model; the signer becomes the payee of its part of every fee.
public struct RegisterBaseModel: Hashable, CanonicalCodable {
  public static let nameMaximum = 64

  public var name: String
  /// SHA-256 of the weights file.
  public var weights: Digest
  public var licence: Licence

  public init(name: String, weights: Digest, licence: Licence) {
    self.name = name
    self.weights = weights
    self.licence = licence
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(text: name)
    encoder.encode(weights)
    encoder.encode(licence)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    name = try decoder.text(atMost: RegisterBaseModel.nameMaximum)
    weights = try decoder.decode()
    licence = try decoder.decode()
  }
}

/// How much a contribution improved the model on data nobody trained on.
public struct UpliftEntry: Hashable, CanonicalCodable {
  public var contribution: Identifier<Contribution>
  public var contributor: Identifier<Account>
  /// In millionths of a nat of held-out loss; only a positive one is ever paid.
  public var uplift: Int64

  public init(
    contribution: Identifier<Contribution>, contributor: Identifier<Account>, uplift: Int64
  ) {
    self.contribution = contribution
    self.contributor = contributor
    self.uplift = uplift
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(contribution)
    encoder.encode(contributor)
    encoder.encode(uplift)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    contribution = try decoder.decode()
    contributor = try decoder.decode()
    uplift = try decoder.decode()
  }
}

/// Claims, with a bond, that an adapter was trained as its manifest says and what it owes to whom.
public struct SubmitRunRecord: Hashable, CanonicalCodable {
  public static let codeVersionMaximum = 64

  public var version: VersionName
  public var baseModel: Identifier<BaseModel>
  /// Ordered record digests, recipe and seed.
  public var manifest: Digest
  public var adapterWeights: Digest
  /// Root of the list tree over the gradient index's rows.
  public var indexRoot: Digest
  public var decoyRoot: Digest
  public var rowCount: UInt32
  public var decoyCount: UInt32
  public var codeVersion: String
  /// Strictly sorted by contribution.
  public var uplift: [UpliftEntry]
  public var bond: Amount

  public init(
    version: VersionName, baseModel: Identifier<BaseModel>, manifest: Digest,
    adapterWeights: Digest, indexRoot: Digest, decoyRoot: Digest, rowCount: UInt32,
    decoyCount: UInt32, codeVersion: String, uplift: [UpliftEntry], bond: Amount
  ) {
    self.version = version
    self.baseModel = baseModel
    self.manifest = manifest
    self.adapterWeights = adapterWeights
    self.indexRoot = indexRoot
    self.decoyRoot = decoyRoot
    self.rowCount = rowCount
    self.decoyCount = decoyCount
    self.codeVersion = codeVersion
    self.uplift = uplift
    self.bond = bond
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(version)
    encoder.encode(baseModel)
    encoder.encode(manifest)
    encoder.encode(adapterWeights)
    encoder.encode(indexRoot)
    encoder.encode(decoyRoot)
    encoder.encode(rowCount)
    encoder.encode(decoyCount)
    encoder.encode(text: codeVersion)
    encoder.encode(list: uplift)
    encoder.encode(bond)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    version = try decoder.decode()
    baseModel = try decoder.decode()
    manifest = try decoder.decode()
    adapterWeights = try decoder.decode()
    indexRoot = try decoder.decode()
    decoyRoot = try decoder.decode()
    rowCount = try decoder.decode()
    decoyCount = try decoder.decode()
    codeVersion = try decoder.text(atMost: SubmitRunRecord.codeVersionMaximum)
    uplift = try decoder.list(atMost: DraftVersion.contributionMaximum)
    bond = try decoder.decode()
  }
}

/// Hands a base model, and its part of every later fee, to another account; the act of its owner.
public struct TransferBaseModel: Hashable, CanonicalCodable {
  public var baseModel: Identifier<BaseModel>
  public var to: Identifier<Account>

  public init(baseModel: Identifier<BaseModel>, to: Identifier<Account>) {
    self.baseModel = baseModel
    self.to = to
  }

  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(baseModel)
    encoder.encode(to)
  }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    baseModel = try decoder.decode()
    to = try decoder.decode()
  }
}

/// Takes a run's bond back once nothing is served from it and every window is over.
public struct WithdrawRunBond: Hashable, CanonicalCodable {
  public var run: Identifier<Run>

  public init(run: Identifier<Run>) { self.run = run }

  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(run) }

  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
    run = try decoder.decode()
  }
}
