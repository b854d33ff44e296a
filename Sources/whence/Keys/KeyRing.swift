import ClientAPI
import Cryptography
import Foundation
import Ledger
import Primitives
import Storage

/// The keys of a folder, and the accounts that they open.
///
/// `keys/NAME` is the seed of the key in force. `accounts/NAME` is the account of a key that is not
/// the account's first, whose digest would name it. `rotations/NAME` is the seed that is to follow:
/// on disk before the ledger hears of it, so that no interruption loses the key of an account.
struct KeyRing {
  /// One key by its name.
  struct Entry {
    let name: String
    let key: SigningKey
    let account: Identifier<Account>
  }

  let path: String
  private let keys: DocumentFolder
  private let accounts: DocumentFolder
  private let rotations: DocumentFolder

  /// Opens the keys of a folder, and makes the folders of keys private.
  init(of path: String) throws {
    self.path = path
    keys = try Self.privateFolder("\(path)/keys")
    accounts = try DocumentFolder(at: "\(path)/accounts")
    rotations = try Self.privateFolder("\(path)/rotations")
  }

  var names: [String] { get throws { try keys.names().filter(Self.isName) } }

  var entries: [Entry] { get throws { try names.compactMap(entry) } }

  /// nil if there is no key of that name.
  func entry(_ name: String) throws -> Entry? {
    try checkName(name)
    guard let key = try keys.bytes(of: name).flatMap(SigningKey.init(seed:)) else { return nil }
    let account = try accounts.bytes(of: name).flatMap(Digest.init(bytes:))
      .map(Identifier<Account>.init)
    return Entry(name: name, key: key, account: account ?? Identifier(key.publicKey))
  }

  /// - Throws: `key_unknown`, with the names that there are.
  func existing(_ name: String) throws -> Entry {
    if let entry = try entry(name) { return entry }
    let known = try names.joined(separator: ", ")
    throw CommandFailure(
      .keyUnknown,
      "\(path)/keys has no key \"\(name)\"; "
        + (known.isEmpty ? "`whence key new NAME` makes one" : "there are \(known)"))
  }

  /// Makes a key from the system's randomness.
  /// - Throws: `key_exists`.
  func make(_ name: String) throws -> Entry {
    guard try entry(name) == nil else {
      throw CommandFailure(.keyExists, "\(path)/keys has a key \"\(name)\" already")
    }
    let (key, seed) = Self.draw()
    try Self.put(seed, as: name, in: keys)
    return Entry(name: name, key: key, account: Identifier(key.publicKey))
  }

  /// In bytes: a file's name takes a little more.
  private static let nameMaximum = 100

  /// Whether a name can be a file's, stands behind an @, and is no account's own.
  private static func isName(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.count <= nameMaximum && !name.hasPrefix(".") && !name.hasPrefix("-")
      && Digest(hex: name) == nil
      && !name.contains { $0 == "/" || $0 == "@" || $0 == "\0" || $0.isWhitespace }
      && name.inOneLine == name
  }

  private func checkName(_ name: String) throws {
    guard Self.isName(name) else {
      throw CommandFailure(
        .keyNameInvalid,
        "\"\(name)\" is no name for a key: at most 100 bytes; no spaces, /, @, dot or dash at the front, and no digest"
      )
    }
  }
}

// MARK: - Rotation
extension KeyRing {
  /// The key that is to follow a name's; one is made if none was.
  func next(after entry: Entry) throws -> SigningKey {
    if let begun = try begun(entry.name) { return begun }
    let (key, seed) = Self.draw()
    try Self.put(seed, as: entry.name, in: rotations)
    return key
  }

  /// Puts the next key in the place of a name's, which the ledger has done.
  func finishRotation(of entry: Entry) throws {
    guard let seed = try rotations.bytes(of: entry.name) else { return }
    // The account first: by the new key alone nobody would know it.
    try accounts.put(entry.account.digest.bytes, as: entry.name)
    try Self.put(seed, as: entry.name, in: keys)
    try rotations.remove(entry.name)
  }

  /// The key of a name, after whatever an interrupted rotation left undone.
  func settled(_ name: String, on ledger: some LedgerClient) async throws -> Entry {
    let entry = try existing(name)
    guard let next = try begun(name),
      try await ledger.record(.account(entry.account))?.publicKey == next.publicKey
    else { return entry }
    try finishRotation(of: entry)
    return try existing(name)
  }

  private func begun(_ name: String) throws -> SigningKey? {
    try rotations.bytes(of: name).flatMap(SigningKey.init(seed:))
  }
}

// MARK: - Files
extension KeyRing {
  private static func draw() -> (key: SigningKey, seed: [UInt8]) {
    let seed = Entropy.digest().bytes
    guard let key = SigningKey(seed: seed) else { preconditionFailure("32 bytes are a seed") }
    return (key, seed)
  }

  private static func privateFolder(_ path: String) throws -> DocumentFolder {
    let folder = try DocumentFolder(at: path)
    try restrict(path, to: 0o700)
    return folder
  }

  /// The folder is private already, so nobody could read the seed before this does.
  private static func put(
    _ seed: [UInt8], as name: String, in folder: DocumentFolder
  ) throws {
    try folder.put(seed, as: name)
    try restrict("\(folder.path)/\(name)", to: 0o600)
  }

  private static func restrict(_ path: String, to mode: mode_t) throws {
    guard unsafe chmod(path, mode) == 0 else {
      throw StorageFailure(code: .permissionDenied, message: "\(path) can't be made private")
    }
  }
}
