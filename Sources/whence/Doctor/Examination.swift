import CSodium
import Cryptography
import Foundation
import Networking
import Primitives
import SearchIndex
import Storage
import Tensors

/// What the doctor looks at; each finding comes from use, not from a list of packages.
enum Examination {
  static let modelFile = "SmolLM2-135M-Instruct.Q4_1.gguf"
  static let modelDigest = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
  static let encoderDigest = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

  static func all() async -> [Finding] {
    [machine(), rocksDB(), sqlite(), sodium()] + [await http()] + [
      engine(), matrixMultiplication(),
    ]
      + [model(), encoder(), corpora()]
  }

  static func machine() -> Finding {
    let cores = ProcessInfo.processInfo.activeProcessorCount
    let gibibytes = ProcessInfo.processInfo.physicalMemory >> 30
    let detail = "\(cores) cores, \(gibibytes) GiB of memory"
    return gibibytes < 4
      ? .warning("machine", detail + "; the demo wants 4 GiB") : .good("machine", detail)
  }

  /// Opens a store, writes, and reads back.
  static func rocksDB() -> Finding {
    let folder = NSTemporaryDirectory() + "whence-doctor-\(getpid())"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    do {
      let store = try KeyValueStore(at: folder)
      var batch = WriteBatch()
      batch.put([1], for: [1], in: .meta)
      try store.write(batch)
      guard try store.value(for: [1], in: .meta) == [1] else {
        return .bad("RocksDB", "lost a value it had acknowledged")
      }
      return .good("RocksDB", LoadedLibraries.version(of: "librocksdb") ?? "version unknown")
    } catch {
      return .bad("RocksDB", "\(error)")
    }
  }

  static func sqlite() -> Finding { .good("SQLite", SearchDatabase.libraryVersion) }

  static func sodium() -> Finding {
    .good("libsodium", unsafe String(cString: sodium_version_string()))
  }

  /// Serves one request to itself.
  /// - Parameter patience: how long a machine with other work may keep both ends waiting.
  static func http(patience: Duration = .seconds(60)) async -> Finding {
    var limits = HTTPClient.Limits()
    limits.connectTimeout = patience
    limits.idleTimeout = patience
    do throws(NetworkFailure) {
      let server = try HTTPServer(port: 0) { .text($0.path) }
      let url = "http://127.0.0.1:\(server.port)/hello"
      let response = try await HTTPClient(limits: limits).send(.init(url: url))
      await server.stop()
      guard response.text == "/hello" else { return .bad("HTTP", "answered \(response.status)") }
      return .good(
        "HTTP", "libmicrohttpd \(NetworkingLibraries.microhttpd), curl \(NetworkingLibraries.curl)")
    } catch {
      return .bad("HTTP", "\(error)")
    }
  }

  static func engine() -> Finding { .good("MLX", TensorRuntime.libraryVersion) }

  /// Whether BLAS is really bound: the fastest of five products of 512 by 512 in under 40 ms.
  ///
  /// The reference routines that MLX's wheel falls back to take several times as long.
  static func matrixMultiplication() -> Finding {
    let configuration = TensorRuntime.blasConfiguration
    do throws(TensorFailure) {
      let side = 512
      let ones = try Tensor([Float](repeating: 1, count: side * side), shape: [side, side])
      var best = Duration.seconds(3600)
      for _ in 0..<5 {
        let start = ContinuousClock.now
        let corner = try ones.matmul(ones).floats().first
        best = min(best, ContinuousClock.now - start)
        guard corner == Float(side) else { return .bad("BLAS", "multiplied wrongly") }
      }
      let milliseconds = best / .milliseconds(1)
      let measured = "\(configuration), 512³ in \((milliseconds * 10).rounded() / 10) ms"
      return milliseconds < 40
        ? .good("BLAS", measured) : .bad("BLAS", "\(measured), not under 40: is OpenBLAS linked?")
    } catch {
      return .bad("BLAS", "\(error)")
    }
  }

  static func model() -> Finding {
    download("model", "model/\(modelFile)", digest: modelDigest)
  }

  static func encoder() -> Finding {
    download("encoder", "minilm/model.safetensors", digest: encoderDigest)
  }

  private static func download(_ subject: String, _ name: String, digest: String) -> Finding {
    let folder = DependencyFolder.path
    guard let data = FileManager.default.contents(atPath: folder + "/" + name) else {
      return .bad(subject, "\(name) is missing from \(folder); run make setup")
    }
    guard SHA256.digest(of: [UInt8](data)).description == digest else {
      return .bad(subject, "\(name) is damaged; remove .deps/.done and run make setup")
    }
    return .good(subject, name)
  }

  static func corpora() -> Finding {
    let folder = DependencyFolder.path + "/corpora/raw"
    let wanted = ["dict-foldoc", "dict-vera", "simple-icd-10-cm", "wordnet-base"]
    let missing = wanted.filter { !FileManager.default.fileExists(atPath: "\(folder)/\($0)") }
    return missing.isEmpty
      ? .good("texts", wanted.joined(separator: ", "))
      : .bad("texts", "\(missing.joined(separator: ", ")) missing from \(folder); run make setup")
  }
}

/// The shared libraries in this process.
enum LoadedLibraries {
  /// The version in the file name that the library was really loaded from.
  static func version(of name: String) -> String? {
    // Read to its end, because the kernel gives this file no size.
    let file = FileHandle(forReadingAtPath: "/proc/self/maps")
    guard let data = try? file?.readToEnd() else { return nil }
    let maps = String(decoding: data, as: UTF8.self)
    let paths = maps.split(separator: "\n").compactMap { $0.split(separator: "/").last }
    return paths.first { $0.hasPrefix("\(name).so.") }.map { String($0.dropFirst(name.count + 4)) }
  }
}
