internal import CanonicalCoding
public import ClientAPI
public import Ledger
public import Primitives
public import Storage

// The cards of runs that a server offers.
extension InferenceServer {
  public func card(
    of run: Identifier<Run>
  ) async throws(InferenceFailure) -> SignedRunCard? {
    do {
      // Read anew each time: whoever makes a card leaves it there while the server runs.
      return try cards.bytes(of: "\(run)").map { try SignedRunCard(canonicalBytes: $0) }
    } catch { throw InferenceFailure(.unavailable, "the run's card can't be read: \(error)") }
  }

  /// Where a server on `folder` has the cards that it offers, each under its run's identifier.
  public static func cards(in folder: String) throws(StorageFailure) -> DocumentFolder {
    try DocumentFolder(at: "\(folder)/cards")
  }
}
