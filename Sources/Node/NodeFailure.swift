public import Storage

/// Why a node can't open or keep its chain.
public struct NodeFailure: Error, Equatable, Sendable {
  /// What an operator can act on; the raw values are stable.
  public enum Code: String, CaseIterable, Sendable {
    /// The genesis can't start any chain.
    case invalidGenesis = "invalid_genesis"
    /// The folder holds another chain than this genesis starts.
    case genesisMismatch = "genesis_mismatch"
    /// Another version of this program wrote the store, in a form of its own.
    case formatUnknown = "format_unknown"
    /// What is stored does not hash to the root in its last header.
    case stateMismatch = "state_mismatch"
    /// Executing a stored block again does not give its header.
    case replayMismatch = "replay_mismatch"
    /// The state at that height was forgotten, or is yet to come.
    case heightNotKept = "height_not_kept"
    /// What should be imported is not what it says, or the folder is not empty.
    case importRefused = "import_refused"
    /// An import into this folder was cut off.
    case importUnfinished = "import_unfinished"
    /// A block that was agreed on can't follow the committed one.
    case blockRefused = "block_refused"
    /// The disk said no; see ``NodeFailure/storage``.
    case storageFailed = "storage_failed"
  }

  public let code: Code
  public let message: String
  /// What the disk said, if it was the disk.
  public let storage: StorageFailure?

  public init(code: Code, message: String) {
    self.code = code
    self.message = message
    storage = nil
  }

  public init(_ failure: StorageFailure) {
    code = .storageFailed
    message = failure.message
    storage = failure
  }
}

extension NodeFailure: CustomStringConvertible {
  public var description: String { storage?.description ?? "\(code.rawValue): \(message)" }
}
