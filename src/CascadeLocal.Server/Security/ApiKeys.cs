using System.Security.Cryptography;
using System.Text;

namespace CascadeLocal.Server.Security;

/// <summary>The keys that requests may bring. Only hashes are kept, and comparing them takes the same time for any key.</summary>
internal sealed class ApiKeys(IEnumerable<string> keys)
{
    private const string Scheme = "Bearer ";

    private readonly byte[][] _hashes = [.. keys.Select(Hash)];

    /// <summary>Who sends <paramref name="authorization"/>, or null if that may not be served.</summary>
    public ClientIdentity? Identify(string? authorization)
    {
        if (_hashes.Length == 0)
            return ClientIdentity.Anonymous;
        if (authorization is null || !authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return null;

        byte[] hash = Hash(authorization[Scheme.Length..].Trim());
        bool known = false;
        foreach (byte[] candidate in _hashes)
            known |= CryptographicOperations.FixedTimeEquals(candidate, hash);
        return known ? new ClientIdentity(Convert.ToHexString(hash)) : null;
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
