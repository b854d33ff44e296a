import Foundation

/// What a process that serves tells whoever runs it, besides how it begins and ends: lines on standard error.
enum OperationLog {
  static func add(_ words: String) {
    FileHandle.standardError.write(Data("whence: \(words.inOneLine)\n".utf8))
  }
}
