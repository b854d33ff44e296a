internal import Primitives

/// The nodes of one version of a tree, in memory.
///
/// Versions share what they have in common; a version's nodes are freed with its last copy.
struct MemoryTreeNodes: TreeNodeReader {
  private final class Branch: Sendable {
    let version: UInt64
    let node: TreeNode
    let below: [Branch?]

    init(version: UInt64, node: TreeNode, below: [Branch?]) {
      self.version = version
      self.node = node
      self.below = below
    }
  }

  private var top: Branch?

  func node(at key: TreeNodeKey) -> TreeNode? {
    guard let branch = branch(at: key.path), branch.version == key.version else { return nil }
    return branch.node
  }

  func reading(after update: TreeUpdate) -> any TreeNodeReader {
    var made: [TreePath: Branch] = [:]
    for written in update.nodes {
      let children = written.node.children
      let old = branch(at: written.key.path)
      let below: [Branch?] = (0..<16).map { nibble in
        guard case .inner = children[nibble] else { return nil }
        return made[written.key.path.child(nibble)] ?? old?.below[nibble]
      }
      made[written.key.path] = Branch(
        version: update.version, node: written.node, below: below)
    }
    return MemoryTreeNodes(top: made[.root])
  }

  init() {}

  private init(top: Branch?) { self.top = top }

  private func branch(at path: TreePath) -> Branch? {
    var branch = top
    for depth in 0..<path.nibbleCount {
      branch = branch?.below[path.bits.nibble(depth)]
    }
    return branch
  }
}
