internal import CanonicalCoding
internal import ClientAPI
internal import Cryptography
internal import Foundation
internal import LanguageModels
internal import Ledger
internal import Networking
internal import NodeHTTP
internal import OpenLoRA
internal import Primitives
internal import Storage

/// A server of a published model with a folder of its own, and clients that pay it through a channel each.
///
/// An actor, so that its orders have rising numbers.
actor PaidServer {
  static let tokensOut: UInt32 = 96

  let model: PublishedModel
  let adapter: ServedAdapter
  let folder: String
  private let channels: [Identifier<Channel>]
  private var number: UInt64 = 0

  init(
    _ model: PublishedModel, adapter: ServedAdapter, folder: String, clients: Int
  ) async throws {
    self.model = model
    self.adapter = adapter
    self.folder = folder
    channels = try await model.openChannels(clients)
  }

  /// Takes up what lies in the folder, as a process that begins does.
  nonisolated func open(_ batches: BatchPolicy) throws -> InferenceServer {
    try InferenceServer(
      engine: model.engine, ledger: model.node, blobs: model.blobs, folder: folder,
      key: PublishedModel.server, adapters: [adapter], clock: systemTime, batches: batches)
  }

  /// Signed requests, `count` for each client; no two ask the same.
  func requests(_ count: Int, listing: ModelListing) throws -> [[PaidRequest]] {
    let expiry = BlockTime(milliseconds: systemTime().milliseconds + 3_600_000)
    var lines = channels.map { _ in [PaidRequest]() }
    for _ in 0..<count {
      for (client, channel) in channels.enumerated() {
        number += 1
        let body = ChatRequest(
          model: listing.name,
          messages: [.init(role: .user, content: Self.question(number))],
          maximumTokens: Self.tokensOut, sampling: ChatSampling(temperature: 0), isStreaming: true,
          includesUsage: true
        ).body
        let salt = SHA256.digest(of: Array("\(folder) \(number)".utf8))
        let order = try PayerSigner(
          chain: PublishedModel.genesis.chain, channel: channel,
          parameters: PublishedModel.genesis.parameters, key: PublishedModel.payer
        ).order(for: body, model: listing, number: number, salt: salt, expiry: expiry)
        lines[client].append(PaidRequest(body: body, order: order, salt: salt))
      }
    }
    return lines
  }

  private static func question(_ number: UInt64) -> String {
    let subjects = ["bridges", "tides", "bread", "glaciers", "clocks", "bees", "canals", "maps"]
    let subject = subjects[Int(number) % subjects.count]
    return "\(number). Explain in several long paragraphs how \(subject) work, and what people "
      + "believed about them in earlier centuries."
  }

  /// Publishes receipts of orders, read from the folder.
  nonisolated func receipts(of orders: [SignedOrder]) throws -> [PublishedReceipt] {
    let receipts = try DocumentFolder(at: "\(folder)/receipts")
    return try orders.map { order in
      guard let bytes = try receipts.bytes(of: order.order.signedDigest.description) else {
        throw ServingBenchmarkFailure("an answer has no receipt")
      }
      return try PublishedReceipt(canonicalBytes: bytes)
    }
  }

  /// Leaves what was answered unpaid: a server takes only so many answers that nobody settles.
  nonisolated func forget() throws {
    let unsettled = try DocumentFolder(at: "\(folder)/unsettled")
    for name in try unsettled.names() { try unsettled.remove(name) }
  }

  /// Whether nothing is owed to anybody any more.
  nonisolated func hasClaimedAll() throws -> Bool {
    try DocumentFolder(at: "\(folder)/batches").names().isEmpty
  }

  /// Serves over HTTP while `body` runs.
  nonisolated func serving<Result: Sendable>(
    _ server: InferenceServer, _ body: (UInt16) async throws -> Result
  ) async throws -> Result {
    let handler = NodeRoutes(
      ledger: model.node, inference: server, blobs: model.blobs,
      figures: { await server.figures() }
    ).handler
    let http = try HTTPServer(port: 0, handler: handler)
    do {
      let result = try await body(http.port)
      await http.stop()
      return result
    } catch {
      await http.stop()
      throw error
    }
  }
}

extension PaidRequest {
  /// The lines that pay for it over HTTP.
  var paymentHeaders: String {
    var lines = ""
    if let order { lines += "Whence-Order: \(order.canonicalBytes.hex)\r\n" }
    if let salt { lines += "Whence-Salt: \(salt)\r\n" }
    return lines
  }
}
