using CascadeLocal.Cascade.Policies;
using CascadeLocal.Cascade.Pool;

namespace CascadeLocal.Cascade.Requests;

/// <summary>The members that one request may ask. A member that leaves the pool meanwhile stays with those who hold it.</summary>
internal sealed class MemberLeases(ModelPool pool) : IDisposable
{
    private readonly Dictionary<string, MemberLease> _leases = new(StringComparer.Ordinal);

    /// <summary>Takes hold of members, as far as they are ready.</summary>
    public void Take(IEnumerable<string> members)
    {
        foreach (string member in members)
        {
            if (!_leases.ContainsKey(member) && pool.Find(member)?.TryLease() is { } lease)
                _leases.Add(member, lease);
        }
    }

    /// <summary>One of them, or one more.</summary>
    /// <exception cref="MemberUnavailableException">It is not ready, or has left.</exception>
    public MemberLease Get(string member)
    {
        if (!_leases.TryGetValue(member, out MemberLease? lease))
        {
            lease = pool.Find(member)?.Lease() ?? throw new MemberUnavailableException($"The model '{member}' was just removed.");
            _leases.Add(member, lease);
        }

        return lease;
    }

    /// <summary>The tokens of a rejected answer where it pays that the next member verifies them; else none.</summary>
    /// <param name="member">The next member.</param>
    /// <param name="rejected">The rejected answer.</param>
    /// <param name="path">The path of both.</param>
    /// <param name="breakEven">The accepted share above which it pays.</param>
    public ReadOnlyMemory<int> DraftFor(string member, Attempt rejected, EscalationPath path, double breakEven)
    {
        Rung? from = path.Rungs.FirstOrDefault(r => r.Member == rejected.Member);
        bool pays = from?.AcceptedShare > breakEven && Get(member).Capabilities.VerifiesDrafts
            && Get(rejected.Member).Capabilities.SharesVocabularyWith(Get(member).Capabilities);
        return pays ? rejected.Tokens : default;
    }

    public void Dispose()
    {
        foreach (MemberLease lease in _leases.Values)
            lease.Dispose();
    }
}
