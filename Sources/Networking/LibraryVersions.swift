import CCurl
import CMicroHTTPD

/// The versions of the libraries underneath, as they themselves report them at run time.
public enum NetworkingLibraries {
  public static var microhttpd: String { unsafe String(cString: MHD_get_version()) }
  public static var curl: String { unsafe String(cString: ccurl_version()) }
}
