import Foundation

/// The folder that the set-up script fills.
enum DependencyFolder {
  /// `$WHENCE_DEPS` if set; else the `.deps` nearest above the program, or above the working folder.
  static var path: String {
    if let path = ProcessInfo.processInfo.environment["WHENCE_DEPS"] { return path }
    let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
    let starts = [program, FileManager.default.currentDirectoryPath].compactMap { $0 }
    return starts.lazy.compactMap(nearest).first ?? ".deps"
  }

  private static func nearest(above start: String) -> String? {
    var folder = URL(fileURLWithPath: start)
    while folder.path != "/" {
      let candidate = folder.appendingPathComponent(".deps").path
      if FileManager.default.fileExists(atPath: candidate) { return candidate }
      folder.deleteLastPathComponent()
    }
    return nil
  }
}
