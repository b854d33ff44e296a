package import ClientAPI
package import Cryptography
internal import Foundation
package import Ledger
package import Primitives

extension SigningKey {
  package static func test(_ number: UInt8) -> SigningKey {
    guard let key = SigningKey(seed: [UInt8](repeating: number, count: 32)) else {
      preconditionFailure("a seed has 32 bytes")
    }
    return key
  }

  package var account: Identifier<Account> { Identifier(publicKey) }
}

package let builder = SigningKey.test(1)
package let payer = SigningKey.test(2)
package let host = SigningKey.test(3)
/// The first two improve the model, the third does not.
package let contributors = [SigningKey.test(4), .test(5), .test(6)]

package func digest(_ name: String) -> Digest { SHA256.digest(of: Array(name.utf8)) }

/// A folder that is removed with its last owner.
package final class TemporaryFolder: Sendable {
  package let path = FileManager.default.temporaryDirectory
    .appending(path: "whence-serving-\(UUID().uuidString)").path(percentEncoded: false)

  package init() {}

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// A message that a test needs was rejected.
package struct Rejected: Error {
  package let rejection: Rejection

  package init(rejection: Rejection) { self.rejection = rejection }
}

extension LedgerClient {
  package func make<Subject: CreatedSubject>(
    _ message: Message, by key: SigningKey
  ) async throws -> Identifier<Subject> {
    let sequence = try await nextSequence(of: key.account)
    try await succeed(message, by: key)
    return Identifier(creator: key.account, sequence: sequence)
  }

  package func succeed(_ message: Message, by key: SigningKey) async throws {
    if let rejection = try await send(message, by: key).rejection {
      throw Rejected(rejection: rejection)
    }
  }

  /// Opens a channel of the payer.
  package func open(
    _ deposit: Amount, for server: SigningKey
  ) async throws -> Identifier<Channel> {
    try await make(
      .openChannel(
        OpenChannel(server: server.account, signingKey: payer.publicKey, deposit: deposit)),
      by: payer)
  }
}
