using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Http;

using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace CascadeLocal.Server.Security;

/// <summary>Who sent a request, and what that one may do.</summary>
/// <param name="CacheSalt">Cached prefixes are shared only with requests of equal salt.</param>
/// <param name="Rules">What the key opens.</param>
/// <param name="Account">What was used under its name.</param>
internal sealed record ClientIdentity(string CacheSalt, KeyEntry Rules, KeyAccount Account)
{
    /// <summary>Whether a list of models has that one: what it may ask for.</summary>
    public bool MaySee(string model) => Rules.MayUse(model) && (Rules.MayPin || model == MemberName.Cascade);

    /// <summary>The request with this client's priority.</summary>
    /// <exception cref="ApiException">It asks for what the key does not open: 404, as if it were not there, or 403.</exception>
    public GenerationRequest Admit(GenerationRequest request)
    {
        Require(request.Member ?? MemberName.Cascade);
        if (request.Member is not null && !Rules.MayPin)
        {
            Account.Refuse("pinning");
            throw new ApiException(ApiError.InvalidRequest(
                $"This key may not choose a model: ask for '{MemberName.Cascade}'.", "model", "pinning_not_allowed", 403));
        }

        return request with { Priority = Rules.Priority };
    }

    /// <exception cref="ApiException">The key does not open that model: 404, as if it were not there.</exception>
    public void Require(string model)
    {
        if (Rules.MayUse(model))
            return;
        Account.Refuse("model");
        throw new ApiException(ApiError.InvalidRequest(
            $"The model '{Excerpt.Of(model)}' does not exist, or this key may not use it.", "model", "model_not_found", 404));
    }
}

/// <summary>What a request becomes by who sent it.</summary>
internal static class ClientContext
{
    /// <summary>Who sent it.</summary>
    public static ClientIdentity Client(this HttpContext context) => context.Features.GetRequiredFeature<ClientIdentity>();

    /// <summary>A request as its sender may make it, with the deadline and the trace of its headers.</summary>
    /// <exception cref="ApiException">The key does not open what it asks for, or the deadline is none.</exception>
    public static GenerationRequest Admit(this HttpContext context, GenerationRequest request) =>
        RequestDeadline.Apply(context.Request, context.Client().Admit(request)) with { Trace = TraceHeaders.Read(context.Request) };

    /// <summary>
    /// Holds a key's place. The client may ask again as soon as it has the last byte, so the place must be free before that: where an
    /// answer is not a stream, when it begins to be sent, since it is whole then.
    /// </summary>
    public static void HoldKey(this HttpContext context, KeyLease lease)
    {
        context.Features.Set(lease);
        context.Response.OnStarting(static state =>
        {
            HttpContext answered = (HttpContext)state;
            if (answered.Response.ContentType?.StartsWith("text/event-stream", StringComparison.Ordinal) != true)
                answered.LeaveKey();
            return Task.CompletedTask;
        }, context);
    }

    /// <summary>The work is done, and only sending is left. A stream says so before its last event; more than once is once.</summary>
    public static void LeaveKey(this HttpContext context) => context.Features.Get<KeyLease>()?.Dispose();
}

/// <summary>Marks an endpoint outside /v1 that answers only to those who may use the models.</summary>
internal sealed class KeyRequired
{
    private KeyRequired()
    {
    }

    /// <summary>The mark.</summary>
    public static KeyRequired Instance { get; } = new();
}

/// <summary>Marks an endpoint whose requests count for no limit.</summary>
internal sealed class Unmetered
{
    private Unmetered()
    {
    }

    /// <summary>The mark.</summary>
    public static Unmetered Instance { get; } = new();
}
