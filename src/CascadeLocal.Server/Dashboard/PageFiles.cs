using Microsoft.AspNetCore.Http;

namespace CascadeLocal.Server.Dashboard;

/// <summary>The files of the page, out of the program itself. They hold no data, so they need no key.</summary>
internal static class PageFiles
{
    // Nothing from elsewhere, nothing inline, in no frame: what a member's name or an error says can never become code.
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static readonly Dictionary<string, string> ContentTypes = new()
    {
        [".html"] = "text/html; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
    };

    /// <summary>The scripts and the style that the page asks for.</summary>
    public static readonly IReadOnlyList<string> Parts = ["page.js", "feed.js", "charts.js", "dashboard.css"];

    /// <summary>What answers with one of the files.</summary>
    public static RequestDelegate Serve(string name)
    {
        byte[] content = Read(name);
        string type = ContentTypes[Path.GetExtension(name)];
        return async context =>
        {
            HttpResponse response = context.Response;
            response.ContentType = type;
            response.ContentLength = content.Length;
            response.Headers.CacheControl = "no-cache";
            response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
            response.Headers.XContentTypeOptions = "nosniff";
            response.Headers["Referrer-Policy"] = "no-referrer";
            await response.BodyWriter.WriteAsync(content, context.RequestAborted);
        };
    }

    private static byte[] Read(string name)
    {
        using Stream resource = typeof(PageFiles).Assembly.GetManifestResourceStream($"Dashboard/{name}")
            ?? throw new InvalidOperationException($"The program lacks its own file {name}.");
        byte[] content = new byte[resource.Length];
        resource.ReadExactly(content);
        return content;
    }
}
