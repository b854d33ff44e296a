public import ClientAPI
public import Primitives
public import Storage

/// A folder's blobs, as they are published.
extension BlobStore: BlobSource {
  /// - Throws: `unavailable` if they can't be read.
  public func blob(_ digest: Digest) async throws(InferenceFailure) -> [UInt8]? {
    do {
      return try bytes(of: digest)
    } catch { throw InferenceFailure(.unavailable, "the artifact can't be read: \(error)") }
  }
}
