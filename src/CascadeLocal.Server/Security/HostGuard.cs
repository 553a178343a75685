using System.Net;

using CascadeLocal.Server.Configuration;

using Microsoft.AspNetCore.Http;

namespace CascadeLocal.Server.Security;

/// <summary>
/// Which Host and Origin headers are served. A web page can point a name of its own at this machine (DNS rebinding) or
/// post to a server it cannot read; the first shows in Host, the second in Origin.
/// </summary>
internal sealed class HostGuard(ServerOptions options)
{
    private readonly bool _anyHost = options.AllowedHosts.Contains("*");
    private readonly HashSet<string> _hosts = new(options.AllowedHosts, StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _origins = new(options.CorsOrigins, StringComparer.OrdinalIgnoreCase);

    private readonly bool _anyAddress =
        options.Address.Equals(IPAddress.Any) || options.Address.Equals(IPAddress.IPv6Any);

    public bool AllowsHost(HostString host)
    {
        string name = host.Host;
        if (_anyHost || _hosts.Contains(name) || string.Equals(name, "localhost", StringComparison.OrdinalIgnoreCase))
            return true;
        // Rebinding needs a name, so a numeric address is as safe as the addresses listened on.
        return IPAddress.TryParse(name.AsSpan().Trim("[]"), out IPAddress? address)
            && (_anyAddress || IPAddress.IsLoopback(address) || address.Equals(options.Address));
    }

    public bool AllowsOrigin(HttpRequest request)
    {
        string? origin = request.Headers.Origin;
        return origin is null
            || _origins.Contains("*")
            || _origins.Contains(origin)
            || string.Equals(origin, $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase);
    }
}
