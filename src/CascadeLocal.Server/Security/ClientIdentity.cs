namespace CascadeLocal.Server.Security;

/// <summary>Who sent a request, as far as it matters.</summary>
/// <param name="CacheSalt">Cached prefixes are shared only with requests of equal salt.</param>
internal sealed record ClientIdentity(string CacheSalt)
{
    /// <summary>The one client of a server without keys.</summary>
    public static ClientIdentity Anonymous { get; } = new("");
}
