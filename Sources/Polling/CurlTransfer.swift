internal import CCurl

/// One transfer: its options, and the response as it comes in.
///
/// Sendable because after its creation only the thread of ``CurlLoop`` touches it.
final class CurlTransfer: @unchecked Sendable {  // touched by the transfer thread only
    private let request: TransportRequest
    private var easy: UnsafeMutableRawPointer?
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private var maximumHeaderBytes = 0
    private var headerBytes = 0
    private var headers: [TransportRequest.Header] = []
    private var body: [UInt8] = []
    private var isTooLarge = false

    init(_ request: TransportRequest) {
        self.request = request
    }

    var id: ObjectIdentifier { ObjectIdentifier(self) }

    /// Refuses what could smuggle something else into the request.
    static func check(_ request: TransportRequest) throws(PollingError) {
        let isURL = request.url.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        let areHeaders = request.headers.allSatisfy { header in
            !header.name.isEmpty && header.name.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x3A }
                && header.value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
        }
        guard isURL, areHeaders else {
            throw PollingError(
                .configuration, place: "request", "A URL or header holds characters that HTTP does not allow.")
        }
    }

    /// `nil` when libcurl refuses an option.
    func start(_ configuration: CurlTransport.Configuration) -> UnsafeMutableRawPointer? {
        guard let easy = curl_easy_init() else { return nil }
        self.easy = easy
        maximumHeaderBytes = configuration.maximumHeaderBytes
        var isGood = true
        func set(_ option: CURLoption, _ value: Int) {
            isGood = isGood && headwall_curl_set_long(easy, option, value) == CURLE_OK
        }
        func set(_ option: CURLoption, _ value: String) {
            isGood = isGood && headwall_curl_set_string(easy, option, value) == CURLE_OK
        }
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https")
        set(CURLOPT_URL, request.url)
        set(CURLOPT_FOLLOWLOCATION, 0)
        set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_SSL_VERIFYPEER, 1)
        set(CURLOPT_SSL_VERIFYHOST, 2)
        set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        set(CURLOPT_CONNECTTIMEOUT_MS, Self.milliseconds(configuration.connectTimeout))
        set(CURLOPT_TIMEOUT_MS, Self.milliseconds(request.timeout))
        set(CURLOPT_ACCEPT_ENCODING, "")
        set(CURLOPT_USERAGENT, configuration.userAgent)
        // An empty text, unlike none, also overrules the environment.
        set(CURLOPT_PROXY, configuration.proxy ?? "")
        if let file = configuration.authorityFile { set(CURLOPT_CAINFO, file) }
        if let file = configuration.certificateFile { set(CURLOPT_SSLCERT, file) }
        if let file = configuration.privateKeyFile { set(CURLOPT_SSLKEY, file) }
        if request.method != .get {
            let size = curl_off_t(request.body.count)
            isGood = isGood && headwall_curl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, size) == CURLE_OK
            // libcurl copies the body here, so it need not stay in place. The extra byte gives an empty one an address.
            var body = request.body + [0]
            let code = body.withUnsafeMutableBytes {
                headwall_curl_set_pointer(easy, CURLOPT_COPYPOSTFIELDS, $0.baseAddress)
            }
            isGood = isGood && code == CURLE_OK
            set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        }
        for header in request.headers + [TransportRequest.Header("Expect", "")] {
            guard let longer = curl_slist_append(headerList, header.name + ": " + header.value) else {
                isGood = false
                break
            }
            headerList = longer
        }
        isGood = isGood && headwall_curl_set_list(easy, CURLOPT_HTTPHEADER, headerList) == CURLE_OK
        setCallbacks(easy)
        if isGood { return easy }
        cleanUp()
        return nil
    }

    /// What the end of the transfer means. libcurl's own texts may hold addresses; only its number is looked at.
    func result(_ code: CURLcode) -> Result<TransportResponse, PollingError> {
        if isTooLarge {
            return .failure(
                PollingError(.tooLarge, place: "response", "The response is larger than \(request.maximumBodyBytes) bytes.")
            )
        }
        switch code {
        case CURLE_OK:
            var status = 0
            headwall_curl_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
            return .success(TransportResponse(status: status, headers: headers, body: body))
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
            return failure(.unreachable, "The host name is not known; check the URL and the name service.")
        case CURLE_COULDNT_CONNECT:
            return failure(.unreachable, "Nothing accepts connections there; check host, port and firewall.")
        case CURLE_OPERATION_TIMEDOUT:
            return failure(.timeout, "The server did not answer in time.")
        case CURLE_PARTIAL_FILE, CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_HTTP2_STREAM, CURLE_BAD_CONTENT_ENCODING:
            return failure(.truncated, "The connection ended before the whole answer had come.")
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
            return failure(.tls, "TLS failed; check certificates and authorities.")
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL:
            return failure(.configuration, "The URL is not one that libcurl fetches.")
        default:
            return failure(.transport, "The transfer failed with libcurl's code \(code.rawValue).")
        }
    }

    func cleanUp() {
        if let easy { curl_easy_cleanup(easy) }
        easy = nil
        curl_slist_free_all(headerList)
        headerList = nil
    }

    // MARK: -

    private func failure(_ cause: PollingError.Cause, _ reason: String) -> Result<TransportResponse, PollingError> {
        .failure(PollingError(cause, place: "request", reason))
    }

    private func setCallbacks(_ easy: UnsafeMutableRawPointer) {
        // The loop holds the transfer for as long as the handle exists.
        let user = Unmanaged.passUnretained(self).toOpaque()
        headwall_curl_set_callback(easy, CURLOPT_WRITEFUNCTION) { data, size, count, user in
            guard let data, let user else { return 0 }
            let transfer = Unmanaged<CurlTransfer>.fromOpaque(user).takeUnretainedValue()
            return transfer.received(UnsafeRawBufferPointer(start: data, count: size * count))
        }
        headwall_curl_set_pointer(easy, CURLOPT_WRITEDATA, user)
        headwall_curl_set_callback(easy, CURLOPT_HEADERFUNCTION) { data, size, count, user in
            guard let data, let user else { return 0 }
            let transfer = Unmanaged<CurlTransfer>.fromOpaque(user).takeUnretainedValue()
            return transfer.receivedHeader(UnsafeRawBufferPointer(start: data, count: size * count))
        }
        headwall_curl_set_pointer(easy, CURLOPT_HEADERDATA, user)
    }

    /// Any other return value than the count makes libcurl end the transfer.
    private func received(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard bytes.count <= request.maximumBodyBytes - body.count else {
            isTooLarge = true
            return 0
        }
        body.append(contentsOf: bytes)
        return bytes.count
    }

    private func receivedHeader(_ bytes: UnsafeRawBufferPointer) -> Int {
        headerBytes += bytes.count
        guard headerBytes <= maximumHeaderBytes else {
            isTooLarge = true
            return 0
        }
        let line = String(decoding: bytes, as: UTF8.self).trimming
        if line.hasPrefix("HTTP/") {
            // An interim response (RFC 9110, 15.2) came before this one.
            headers = []
        } else if let colon = line.firstIndex(of: ":") {
            headers.append(
                TransportRequest.Header(String(line[..<colon]), String(line[line.index(after: colon)...]).trimming))
        }
        return bytes.count
    }

    /// At least 1, since 0 means no limit to libcurl.
    private static func milliseconds(_ duration: Duration) -> Int {
        Int(max(1, min(Int64(Int32.max), duration.microseconds / 1000)))
    }
}
