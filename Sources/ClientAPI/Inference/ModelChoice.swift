public import Ledger
public import Primitives

/// What a request's model means: one adapter of a server, or several that answer together.
public struct ModelChoice: Hashable, Sendable {
  public struct Part: Hashable, Sendable {
    public let listing: ModelListing
    public let weight: UInt32
  }

  /// Strictly sorted by adapter.
  public let parts: [Part]

  /// One adapter alone.
  public init(_ listing: ModelListing) { parts = [Part(listing: listing, weight: 1)] }

  /// Finds what a request means among a server's models.
  ///
  /// - Parameter model: an adapter's name or identifier, or an ensemble's: see ``EnsembleName``.
  /// - Throws: `model_not_found`; `invalid_request` for adapters that can't answer together.
  public init(of model: String, among listings: [ModelListing]) throws(InferenceFailure) {
    if let listing = listings.first(where: { $0.isNamed(model) }) {
      parts = [Part(listing: listing, weight: 1)]
      return
    }
    guard let name = EnsembleName(model) else { throw .missing(model: model) }
    var parts: [Part] = []
    for part in name.parts {
      guard let listing = listings.first(where: { $0.isNamed(part.model) }) else {
        throw .missing(model: part.model)
      }
      parts.append(Part(listing: listing, weight: part.weight))
    }
    self.parts = parts.sorted { $0.listing.adapter < $1.listing.adapter }
    guard Set(parts.map(\.listing.adapter)).count == parts.count,
      Set(parts.map(\.listing.server)).count == 1
    else {
      throw InferenceFailure(
        .invalidRequest, "an ensemble has different adapters of one server", parameter: "model")
    }
  }

  public var isEnsemble: Bool { parts.count > 1 }

  /// Whose channels pay for it.
  public var server: Identifier<Account> { parts[0].listing.server }

  public var adapters: [Identifier<Adapter>] { parts.map(\.listing.adapter) }

  /// As orders name it; empty for one adapter alone.
  public var ensemble: [EnsemblePart] {
    isEnsemble
      ? parts.map { EnsemblePart(adapter: $0.listing.adapter, weight: $0.weight) } : []
  }

  /// As a request names it, whatever else has its adapters' names.
  public var identifier: String {
    guard isEnsemble else { return parts[0].listing.adapter.description }
    return parts.map { "\($0.weight)*\($0.listing.adapter)" }.joined(separator: "+")
  }

  /// For people.
  public var name: String {
    guard isEnsemble else { return parts[0].listing.name }
    return parts.map { $0.weight == 1 ? $0.listing.name : "\($0.weight)*\($0.listing.name)" }
      .joined(separator: "+")
  }
}

/// The name under which clients ask for several adapters at once: `2*medicine+law`, each with a weight
/// before it or the weight 1.
public struct EnsembleName: Hashable, Sendable {
  public struct Part: Hashable, Sendable {
    public let model: String
    public let weight: UInt32
  }

  /// As they are listed.
  public let parts: [Part]

  /// Nil for what names no two to eight adapters.
  public init?(_ text: String) {
    let texts = text.split(separator: "+", omittingEmptySubsequences: false)
    guard (2...EnsemblePart.mostParts).contains(texts.count) else { return nil }
    var parts: [Part] = []
    for text in texts {
      guard let part = Self.part(of: text) else { return nil }
      parts.append(part)
    }
    self.parts = parts
  }

  private static func part(of text: Substring) -> Part? {
    var name = text
    var weight: UInt32 = 1
    if let star = text.firstIndex(of: "*") {
      let digits = text[..<star]
      guard let first = digits.utf8.first, (UInt8(ascii: "1")...UInt8(ascii: "9")).contains(first),
        digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
        let number = UInt32(digits)
      else { return nil }
      weight = number
      name = text[text.index(after: star)...]
    }
    return name.isEmpty ? nil : Part(model: String(name), weight: weight)
  }
}

extension ModelListing {
  /// Whether a client means this one: by name or by identifier.
  public func isNamed(_ name: String) -> Bool {
    self.name.utf8.elementsEqual(name.utf8) || adapter.description == name
  }
}
