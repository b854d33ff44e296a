extension Collection {
  /// Whether each element's key is greater than the one before it; so no two are equal.
  func isStrictlySorted<Key: Comparable>(by key: (Element) -> Key) -> Bool {
    zip(self, dropFirst()).allSatisfy { key($0) < key($1) }
  }
}
