/// Why a command that operates a node could not do its work.
struct OperationFailure: Error, CustomStringConvertible {
  /// What a script can act on; the raw values are stable.
  enum Code: String, CaseIterable {
    /// The folder holds no chain.
    case noChain = "no_chain"
    /// The folder holds something else than a node's data.
    case foreignFolder = "foreign_folder"
    /// The folder of an export must be empty.
    case folderNotEmpty = "folder_not_empty"
    /// The file can't be read.
    case fileUnreadable = "file_unreadable"
    /// The file is no proof of a state, or a damaged one.
    case proofMalformed = "proof_malformed"
    /// The proof does not hold, or not for the trusted header.
    case proofRefused = "proof_refused"
    /// A node's process ended, or did not start, when it should have run.
    case nodeFailed = "node_failed"
    /// A transaction that was acknowledged is gone, or its outcome is another.
    case acknowledgementBroken = "acknowledgement_broken"
    /// Balances, sequences or blocks are not what the known transactions lead to.
    case booksDiffer = "books_differ"
    /// Two ways to the same height gave two state roots.
    case rootsDiffer = "roots_differ"
    /// Not one transaction was acknowledged, so that nothing was proved.
    case nothingProved = "nothing_proved"
  }

  let code: Code
  /// A sentence for people.
  let message: String

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  var description: String { "\(code.rawValue): \(message)" }
}
