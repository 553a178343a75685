using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace CascadeLocal.Cascade.Shadows;

/// <summary>Which requests are drawn for comparison.</summary>
internal static class ShadowSample
{
    /// <summary>Whether a request is among a share, 0 to 1, of all: by a hash of its id, so that a log shows it was not chosen.</summary>
    public static bool Has(string id, double share)
    {
        if (share is <= 0 or >= 1)
            return share >= 1;
        ulong hash = BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(id)));
        return hash * Math.Pow(2, -64) < share;
    }
}
