internal import AttributionRules
package import ClientAPI
internal import Datanets
package import Ledger
package import Primitives

/// What the ledger lacks that a test needs of it.
package struct Absent: Error {
  package let what: String
}

/// The chain of claimed runs up to the header that draws their decoys: a Datanet with three
/// contributions, and their base model.
package struct LedgerOfRun<Ledger: LedgerClient>: Sendable {
  package let ledger: Ledger
  package let datanet: Identifier<Datanet>
  /// Of the contributions.
  package let priorities: [Priority]
  private let base: Identifier<BaseModel>

  /// Up to the contributions.
  package init(_ ledger: Ledger) async throws {
    self.ledger = ledger
    datanet = try await ledger.make(
      .createDatanet(
        CreateDatanet(
          name: "tiny", type: .instruction, licence: .spdx("CC0-1.0"), floorRateIn: .zero,
          floorRateOut: .zero, contributionDeposit: .zero, bond: .zero)), by: builder)
    base = try await ledger.make(
      .registerBaseModel(
        RegisterBaseModel(name: "tiny", weights: TinyRun.weights, licence: .spdx("CC0-1.0"))),
      by: builder)
    var priorities: [Priority] = []
    for (contributor, bundle) in zip(contributors, try ClaimedRun.bundles) {
      try await TinyRun.contribute(bundle, by: contributor, to: datanet, on: ledger)
      let id = TinyRun.contribution(of: contributor)
      guard let contribution = try await ledger.record(.contribution(id)) else {
        throw Absent(what: "contribution \(id)")
      }
      priorities.append(contribution.priority)
    }
    self.priorities = priorities
  }

  /// Publishes a version, and returns the digest of the header that draws decoys.
  package func published(root: Digest) async throws -> Digest {
    let commitment = CommitHeldOut.commitment(
      datanet: datanet, curator: builder.account, salt: digest("salt"),
      blob: try ClaimedRun.heldOut.blobDigest)
    try await ledger.succeed(
      .commitHeldOut(CommitHeldOut(datanet: datanet, epoch: 1, commitment: commitment)),
      by: builder)
    try await TinyRun.publishVersion(of: datanet, root: root, records: 20, on: ledger)
    // The next block, whatever is in it.
    try await ledger.succeed(
      .transfer(Transfer(to: builder.account, amount: .zero, memo: "")), by: builder)
    return try await ledger.status().header.digest
  }

  package func revealHeldOut() async throws {
    try await ledger.succeed(
      .revealHeldOut(
        RevealHeldOut(
          datanet: datanet, epoch: 1, salt: digest("salt"),
          blob: try ClaimedRun.heldOut.blobDigest)), by: builder)
  }

  /// Submits a run of the version.
  package func submit(
    _ run: ClaimedRun, bond: Amount = .zero
  ) async throws -> Identifier<Run> {
    try await ledger.make(
      .submitRunRecord(
        SubmitRunRecord(
          version: VersionName(datanet: datanet, number: 1), baseModel: base,
          manifest: run.manifest.digest, adapterWeights: run.manifest.adapter,
          indexRoot: run.index.root, decoyRoot: run.index.decoyRoot,
          rowCount: UInt32(run.index.records.count), decoyCount: UInt32(run.index.decoys.count),
          codeVersion: "1",
          uplift: run.uplift.map {
            UpliftEntry(
              contribution: Identifier($0.group), contributor: Identifier($0.contributor),
              uplift: $0.microNats)
          }.sorted { $0.contribution < $1.contribution }, bond: bond)), by: builder)
  }
}
