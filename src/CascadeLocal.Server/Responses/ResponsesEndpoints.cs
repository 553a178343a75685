using System.Text.Json;

using CascadeLocal.Server.Chat;
using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Http;
using CascadeLocal.Server.Security;

using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace CascadeLocal.Server.Responses;

/// <summary>POST /v1/responses, and what can be done with those that are kept.</summary>
internal sealed class ResponsesEndpoints(ServerOptions options, ResponseStore store, ChatEndpoints answers)
{
    private const int DefaultLimit = 20;
    private const int MaxLimit = 100;

    public Task AnswerAsync(HttpContext context) => answers.AnswerAsync(context, new ResponsesFormat(store, options.BodyLimit));

    public Task GetAsync(HttpContext context)
    {
        if (context.Request.Query["stream"].ToString() is not ("" or "false"))
            throw new ApiException(ApiError.InvalidRequest("'stream' is not served: a response that is kept has ended.", "stream"));
        StoredResponse response = Find(context);
        return JsonResponse.WriteAsync(context, StatusCodes.Status200OK, json => json.WriteRawValue(response.Json, skipInputValidation: true));
    }

    public Task DeleteAsync(HttpContext context)
    {
        string id = IdOf(context);
        if (!store.Remove(id, OwnerOf(context)))
            throw NotFound(id);
        return JsonResponse.WriteAsync(context, StatusCodes.Status200OK, json =>
        {
            json.WriteStartObject();
            json.WriteString("id", id);
            json.WriteString("object", "response");
            json.WriteBoolean("deleted", true);
            json.WriteEndObject();
        });
    }

    /// <summary>The items of a kept response's own request, the last one first unless asked otherwise.</summary>
    public Task GetInputAsync(HttpContext context)
    {
        IQueryCollection query = context.Request.Query;
        int limit = ReadLimit(query["limit"].ToString());
        bool isAscending = query["order"].ToString() switch
        {
            "asc" => true,
            "" or "desc" => false,
            _ => throw new ApiException(ApiError.InvalidRequest("'order' must be asc or desc.", "order")),
        };
        IEnumerable<ResponseItem> all = Find(context).Input;
        List<ResponseItem> items = [.. isAscending ? all : all.Reverse()];
        if (query["after"].ToString() is { Length: > 0 } after)
            items.RemoveRange(0, 1 + (items.FindIndex(item => item.Id == after) is >= 0 and int last ? last : throw new ApiException(ApiError.InvalidRequest("'after' is no item of this response.", "after"))));
        return JsonResponse.WriteAsync(context, StatusCodes.Status200OK, json => WriteList(json, items, limit));
    }

    private static void WriteList(Utf8JsonWriter json, List<ResponseItem> items, int limit)
    {
        List<ResponseItem> page = items[..Math.Min(limit, items.Count)];
        json.WriteStartObject();
        json.WriteString("object", "list");
        json.WriteStartArray("data");
        foreach (ResponseItem item in page)
            ItemWriter.Write(json, item);
        json.WriteEndArray();
        json.WriteString("first_id", page.Count > 0 ? page[0].Id : null);
        json.WriteString("last_id", page.Count > 0 ? page[^1].Id : null);
        json.WriteBoolean("has_more", items.Count > limit);
        json.WriteEndObject();
    }

    private static int ReadLimit(string text)
    {
        if (text.Length == 0)
            return DefaultLimit;
        return int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int limit) && limit is >= 1 and <= MaxLimit
            ? limit
            : throw new ApiException(ApiError.InvalidRequest($"'limit' must be an integer from 1 to {MaxLimit}.", "limit"));
    }

    private static string IdOf(HttpContext context) => (string)context.GetRouteValue("id")!;

    private static string OwnerOf(HttpContext context) => context.Client().CacheSalt;

    private StoredResponse Find(HttpContext context) => store.Find(IdOf(context), OwnerOf(context)) ?? throw NotFound(IdOf(context));

    private static ApiException NotFound(string id) =>
        new(ApiError.InvalidRequest($"There is no response '{Excerpt.Of(id)}'.", null, "response_not_found", 404));
}
